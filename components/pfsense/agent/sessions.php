<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Sessions as FRR has them: ours for the check, and everybody's, which a change may not cost anybody. */

/** @return list<array> one row for each wanted neighbour, in the order of the payload */
function sessions(array $neighbours): array
{
    $summary = vtysh_json('show bgp summary json') ?? [];
    $rows = [];
    foreach ($neighbours as $neighbour) {
        $part = $neighbour['family'] === 'ipv6' ? 'ipv6Unicast' : 'ipv4Unicast';
        $peer = peer_of($summary[$part]['peers'] ?? [], $neighbour['address']);
        $rows[] = [
            'neighbour' => $neighbour['address'],
            'description' => $neighbour['description'],
            'state' => (string) ($peer['state'] ?? 'unknown to FRR'),
            'uptime' => intdiv((int) ($peer['peerUptimeMsec'] ?? 0), 1000),
            'prefixesAccepted' => (int) ($peer['pfxRcd'] ?? 0),
            'prefixesSent' => (int) ($peer['pfxSnt'] ?? 0),
        ];
    }
    return with_reasons($rows);
}

function peer_of(array $peers, string $address): array
{
    foreach ($peers as $name => $peer) {
        if (address_key((string) $name) === address_key($address)) {
            return is_array($peer) ? $peer : [];
        }
    }
    return [];
}

/** Adds why a session is down, in FRR's words; at most ten, for each costs one question. */
function with_reasons(array $rows): array
{
    $asked = 0;
    foreach ($rows as $index => $row) {
        if ($row['state'] !== 'Established' && $row['state'] !== 'unknown to FRR' && $asked++ < 10) {
            $answer = vtysh_json("show bgp neighbors {$row['neighbour']} json");
            $about = is_array($answer) ? (array) reset($answer) : [];
            $reason = $about['lastNotificationReason'] ?? $about['lastResetDueTo'] ?? '';
            if (is_string($reason) && $reason !== '') {
                $rows[$index]['reason'] = $reason;
            }
        }
    }
    return $rows;
}

/** @return list<array> rows that are not Established or have fewer prefixes than asked for */
function open_sessions(array $rows, int $prefixes): array
{
    $open = fn (array $row) => $row['state'] !== 'Established' || $row['prefixesAccepted'] < $prefixes;
    return array_values(array_filter($rows, $open));
}

function open_sentence(array $row): string
{
    $reason = isset($row['reason']) ? " ({$row['reason']})" : '';
    return "{$row['neighbour']} {$row['description']} is {$row['state']}$reason with {$row['prefixesAccepted']} prefixes";
}

/**
 * Every session of this firewall that is Established, ours or not.
 *
 * @return array<string, array{address: string, prefixes: int}> by address and address family
 */
function standing_sessions(): array
{
    $standing = [];
    foreach (vtysh_json('show bgp summary json') ?? [] as $family => $part) {
        foreach (is_array($part) ? $part['peers'] ?? [] : [] as $name => $peer) {
            if (($peer['state'] ?? '') === 'Established') {
                $address = canonical((string) $name);
                $standing["$address $family"] = ['address' => $address, 'prefixes' => (int) ($peer['pfxRcd'] ?? 0)];
            }
        }
    }
    return $standing;
}

/** @return list<string> the neighbours of these sessions that are not this stack's */
function addresses_of_others(array $standing, array $config, array $request): array
{
    $ours = array_map(strval(...), array_keys(names_of($request, $config)));
    return array_values(array_diff(array_unique(array_column($standing, 'address')), $ours));
}

/**
 * The sessions that a change should leave or bring back, with the prefixes each has to have again:
 * not those it deletes or resets, whose other end has still to follow.
 *
 * @param array<string, array{address: string, prefixes: int}> $standing
 */
function sessions_to_keep(array $standing, array $before, array $after, array $request): array
{
    $old = neighbours_by_address($before);
    $new = neighbours_by_address($after);
    $reset = array_map(canonical(...), reset_neighbours(entries($before, NEIGHBOURS), entries($after, NEIGHBOURS)));
    $filtered = neighbours_to_refresh($before, $after, $request['wanted']['owner']);
    $keep = [];
    foreach ($standing as $key => $session) {
        $address = $session['address'];
        $deleted = isset($old[$address]) && !isset($new[$address]);
        if (!$deleted && !in_array($address, $reset, true)) {
            $narrowed = isset($filtered[$address]) || ($old[$address] ?? null) !== ($new[$address] ?? null);
            $keep[$key] = ['prefixes' => $narrowed ? 0 : $session['prefixes']] + $session;
        }
    }
    return $keep;
}

/**
 * Sessions are drained before they are shut: until then their routes would go with them, before the
 * nodes have stopped to announce.
 *
 * @param array<string, array{address: string, prefixes: int}> $standing
 * @return list<string>
 */
function undrained_problems(array $before, array $after, array $standing): array
{
    $shut = newly_shut(entries($before, NEIGHBOURS), entries($after, NEIGHBOURS));
    $addresses = array_map(canonical(...), $shut);
    $carrying = array_filter($standing, fn (array $session) => $session['prefixes'] > 0 && in_array($session['address'], $addresses, true));
    $sentence = fn (array $session) => "Neighbour {$session['address']} is to be shut and still carries {$session['prefixes']} prefixes:"
        . ' drain it first, with maintenance: true and an up.';
    return array_map($sentence, array_values($carrying));
}

/** @return array<string, array> entries of the neighbours by address */
function neighbours_by_address(array $config): array
{
    $entries = entries($config, NEIGHBOURS);
    return array_combine(array_map(fn (array $entry) => canonical(text($entry, 'peer')), $entries), $entries);
}

/**
 * Waits until each of these sessions is Established with its prefixes; Failed names those that are not.
 *
 * @param array<string, array{address: string, prefixes: int}> $keep
 */
function require_sessions(array $keep): void
{
    $lost = $keep;
    poll(function () use ($keep, &$lost) {
        $now = standing_sessions();
        $lost = array_filter($keep, fn (array $session, string $key) => ($now[$key]['prefixes'] ?? -1) < $session['prefixes'], ARRAY_FILTER_USE_BOTH);
        return $lost === [] ? true : null;
    }, max(0.0, seconds_left() - 1), 0.5);
    if ($lost !== []) {
        $rows = with_reasons(sessions(array_values(array_map(session_of_nobody(...), $lost))));
        $sentences = array_map(fn (array $row, array $session) => open_sentence($row) . " and had {$session['prefixes']}", $rows, array_values($lost));
        throw new Failed('sessions that were Established before this change are not as before: ' . implode('; ', array_slice($sentences, 0, 5)));
    }
}

function session_of_nobody(array $session): array
{
    return ['address' => $session['address'], 'family' => str_contains($session['address'], ':') ? 'ipv6' : 'ipv4', 'description' => ''];
}
