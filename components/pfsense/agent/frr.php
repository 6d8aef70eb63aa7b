<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* What FRR was told and what it runs. */

/**
 * What a line must say to be compared: FRR itself leaves "activate" out and prints the rest in its own order. A
 * "shutdown" without a message is not ours: somebody has typed it into vtysh, and the check of the sessions says so.
 */
const COMPARED = '/^(no )?(neighbor \S+ (remote-as|password|timers|update-source|bfd|ebgp-multihop|maximum-prefix|prefix-list|shutdown message)\b'
    . '|ip(v6)? prefix-list \S+ seq )/';

/** Command line of a shell or Python that runs FRR's reload or start script. */
const BUSY = '^[^ ]*(sh|python[0-9.]*) [^ ]*(frr-reload|rc\.d/frr)';

/** Seconds without a reload under way after which a difference counts as final. */
const SETTLED = 10.0;

function vtysh(string $command, float $seconds = 15): ?string
{
    [$exit, $output] = run(['vtysh', '-c', $command], $seconds);
    return $exit === 0 ? $output : null;
}

function vtysh_json(string $command): ?array
{
    $answer = json_decode((string) vtysh($command), true);
    return is_array($answer) ? $answer : null;
}

/** The first error FRR finds in the file, without its text (that may hold a password); null when there is none. */
function syntax_problem(string $file = FRR_CONF): ?string
{
    [$exit, $output] = run(['vtysh', '-C', '-f', $file], 30);
    if ($exit === 0) {
        return null;
    }
    return preg_match('/^line (\d+):/m', $output, $found) === 1 ? "line {$found[1]} of $file" : "$file (vtysh ended with $exit)";
}

/**
 * True while pfSense's reload or restart of FRR is under way; both run in the background without a
 * sign of their end. Only scripts count: watchfrr carries the path of rc.d/frr in its arguments for ever.
 */
function frr_busy(): bool
{
    return run(['pgrep', '-f', BUSY], 5)[0] === 0;
}

/** @return list<string> daemons that answer */
function running_daemons(): array
{
    return words(strtr((string) vtysh('show daemons'), "\r\n", '  '));
}

/** @return list<string> daemons pfSense starts, as the package wrote them for rc.d */
function configured_daemons(): array
{
    $text = (string) @file_get_contents(FRR_RC_CONF);
    return preg_match('/^frr_daemons="([^"]*)"/m', $text, $found) === 1 ? words($found[1]) : [];
}

/** Addresses and list names of our entries in these configs: what to look for in FRR's own text. */
function our_names(string $owner, array ...$configs): array
{
    $names = [];
    foreach ($configs as $config) {
        foreach ([[NEIGHBOURS, 'peer'], [BFD_PEERS, 'peer'], [PREFIX_LISTS, 'name']] as [$path, $identity]) {
            foreach (entries($config, $path) as $entry) {
                if (is_ours($entry, "$owner/")) {
                    $names[canonical(text($entry, $identity))] = true;
                }
            }
        }
    }
    return $names;
}

/**
 * The lines of FRR's text that belong to our entries, in one spelling, as keys.
 *
 * @param array<string, true> $names
 * @return array<string, true>
 */
function our_lines(string $text, array $names): array
{
    $lines = [];
    foreach (explode("\n", $text) as $line) {
        $line = canonical_line(trim($line));
        $word = preg_match('/^(?:no )?(?:neighbor|ip prefix-list|ipv6 prefix-list) (\S+)/', $line, $found) === 1 ? $found[1] : '';
        if (isset($names[$word]) && preg_match(COMPARED, $line) === 1) {
            $lines[$line] = true;
        }
    }
    return $lines + our_bfd_lines($text, $names);
}

/** FRR prints 255 hops without the number and one hop not at all; what a shut session is told may be quoted or not. */
function canonical_line(string $line): string
{
    $line = implode(' ', array_map(canonical(...), words(strtr($line, "\t", ' '))));
    $line = (string) preg_replace('/^(neighbor \S+ ebgp-multihop) (0|255)\z/', '$1', $line);
    $line = (string) preg_replace('/^(neighbor \S+ shutdown message) .*/', '$1', $line);
    return preg_match('/^neighbor \S+ ebgp-multihop 1\z/', $line) === 1 ? '' : $line;
}

/** An address or network in FRR's spelling; other words as they are. */
function canonical(string $word): string
{
    [$address, $length] = explode('/', $word, 2) + [1 => null];
    $packed = filter_var($address, FILTER_VALIDATE_IP) === false ? false : inet_pton($address);
    return $packed === false ? $word : inet_ntop($packed) . ($length === null ? '' : "/$length");
}

/** Lines FRR must have for what is wanted, to notice that the package left something out. */
function wanted_lines(array $config, string $owner): array
{
    $lines = [];
    foreach (entries($config, NEIGHBOURS) as $entry) {
        if (is_ours($entry, "$owner/")) {
            $peer = 'neighbor ' . canonical(text($entry, 'peer'));
            $lines["$peer remote-as " . text($entry, 'asnum')] = true;
            $lines["$peer prefix-list " . text($entry, 'prefixfilter_in') . ' in'] = true;
            $lines["$peer prefix-list " . text($entry, 'prefixfilter_out') . ' out'] = true;
            $source = source_address($entry);
            $lines += text($entry, 'shutdown') === '' ? [] : ["$peer shutdown message" => true];
            $lines += $source === null ? [] : ["$peer update-source " . canonical($source) => true];
        }
    }
    return $lines + wanted_bfd_lines($config, $owner);
}

/** Address of an entry's update source as pfSense knows it; null for "default" and where it has none. */
function source_address(array $entry): ?string
{
    $source = text($entry, 'updatesource');
    if (str_contains($source, '|')) {
        return explode('|', $source, 2)[1];
    }
    $ask = text($entry, 'updatesource_type') === 'ipv6' ? 'get_interface_ipv6' : 'get_interface_ip';
    $address = in_array($source, ['', 'default'], true) || !function_exists($ask) ? null : $ask($source);
    return is_string($address) && $address !== '' ? $address : null;
}

/** Null when FRR runs what frr.conf says about our entries; else what is missing, by neighbour or list, without the text. */
function running_problem(array $names): ?string
{
    $running = vtysh('show running-config');
    if ($running === null) {
        return 'vtysh got no answer from the daemons';
    }
    $file = our_lines((string) @file_get_contents(FRR_CONF), $names);
    $there = our_lines($running, $names);
    $different = array_keys(array_diff_key($file, $there) + array_diff_key($there, $file));
    if ($different === []) {
        return null;
    }
    $about = array_unique(array_map(fn (string $line) => implode(' ', array_slice(words($line), 0, 3)), $different));
    return count($different) . ' lines differ: ' . implode(', ', array_slice($about, 0, 5));
}

/** Null when what is wanted reached the generated file. */
function generated_problem(array $config, string $owner): ?string
{
    $file = our_lines((string) @file_get_contents(FRR_CONF), our_names($owner, $config));
    $missing = array_keys(array_diff_key(wanted_lines($config, $owner), $file));
    return $missing === [] ? null : 'the FRR package left out "' . $missing[0] . '"';
}

/** Waits until the reload is over and FRR runs what the file says; null when it does, else why not. */
function wait_for_frr(array $names): ?string
{
    $problem = 'no time was left to ask FRR';
    $quiet = now();
    $done = poll(function () use ($names, &$problem, &$quiet) {
        $busy = frr_busy();
        $problem = running_problem($names);
        $quiet = $busy ? now() : $quiet;
        if ($problem === null && $busy) {
            $problem = 'the reload of FRR does not end';
            return null;
        }
        return $problem === null || now() - $quiet > SETTLED ? true : null;
    }, seconds_left());
    return $done === null && $problem === null ? 'the time is over' : $problem;
}

/**
 * Our neighbours whose inbound list says something else than before. FRR judges what a neighbour has
 * announced when it arrives: a new list alone neither lets in what was refused nor throws out what
 * was accepted (seen with 8.4; bgpd's peer_prefix_list_update).
 *
 * @return array<string, string> address => family
 */
function neighbours_to_refresh(array $before, array $written, string $owner): array
{
    $old = array_column(entries($before, PREFIX_LISTS), null, 'name');
    $new = array_column(entries($written, PREFIX_LISTS), null, 'name');
    $neighbours = [];
    foreach (entries($written, NEIGHBOURS) as $entry) {
        $list = text($entry, 'prefixfilter_in');
        $same = isset($old[$list], $new[$list]) && different_fields($old[$list], $new[$list]) === [];
        if (is_ours($entry, "$owner/") && !$same) {
            $neighbours[canonical(text($entry, 'peer'))] = str_contains(text($entry, 'peer'), ':') ? 'ipv6' : 'ipv4';
        }
    }
    return $neighbours;
}

/** Asks the neighbours to announce again (RFC 2918); no session resets, and one that is down has nothing to say. */
function refresh_routes(array $neighbours): void
{
    $command = ['vtysh'];
    foreach ($neighbours as $address => $family) {
        array_push($command, '-c', "clear bgp $family unicast $address soft in");
    }
    if ($neighbours !== []) {
        run($command, 30);
    }
}

/** MASTER, BACKUP or INIT when FRR follows a CARP address, else none. On a BACKUP pfSense keeps FRR stopped. */
function carp_state(array $config): string
{
    $vip = settings($config, 'frr')['carpstatusvid'] ?? 'none';
    if ($vip === 'none' || !function_exists('get_carp_interface_status')) {
        return 'none';
    }
    return strtoupper((string) \get_carp_interface_status($vip));
}

/** @return array{pfsense: string, package: string, frr: string} */
function versions(): array
{
    [$exit, $package] = run(['pkg', 'query', '%v', 'pfSense-pkg-frr'], 10);
    preg_match('/FRRouting (\S+)/', (string) vtysh('show version'), $frr);
    return [
        'pfsense' => trim((string) @file_get_contents('/etc/version')),
        'package' => $exit === 0 ? trim($package) : '',
        'frr' => $frr[1] ?? '',
    ];
}
