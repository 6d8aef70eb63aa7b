<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * The shared settings of FRR, BGP and BFD. They are created when absent and compared when present.
 * The forms of FRR have no description to mark, so what was created stands in the record (record.php).
 */

const GLOBAL_SECTIONS = ['frrbfd', 'frrbgp', 'frr'];

/** Daemons besides BGP and BFD that need FRR's global settings. */
const OTHER_DAEMONS = ['frrospfd', 'frrospf6d', 'frrripd', 'frrospf', 'frrospf6', 'frrrip'];

/** carpstatusvid must be "none": an empty one counts as a CARP address. The form wants a password for the daemons' own ports. */
function frr_template(array $wanted): array
{
    return [
        'enable' => 'on',
        'routerid' => $wanted['bgp']['routerId'],
        'password' => bin2hex(random_bytes(12)),
        'carpstatusvid' => 'none',
        'logging' => 'on',
    ];
}

function bgp_template(array $wanted): array
{
    return [
        'enable' => 'on',
        'adjacencylog' => 'on',
        'asnum' => (string) $wanted['bgp']['asn'],
        'routerid' => $wanted['bgp']['routerId'],
        'redistributeconnected' => 'no',
        'redistributestatic' => 'no',
        'redistributekernel' => 'no',
        'redistributeospf' => 'no',
        'redistributeospf6' => 'no',
        'redistributerip' => 'no',
    ];
}

function section_template(string $section, array $wanted): array
{
    return match ($section) {
        'frr' => frr_template($wanted),
        'frrbgp' => bgp_template($wanted),
        'frrbfd' => ['enable' => 'on'],
    };
}

/** What is set in a section, [] when the section is absent or everything in it is empty. */
function settings(array $config, string $section): array
{
    $found = at($config, "installedpackages/$section/config/0");
    return is_array($found) ? array_filter($found, fn ($value) => !in_array($value, ['', null, []], true)) : [];
}

function switched_on(array $config, string $section): bool
{
    return (settings($config, $section)['enable'] ?? '') !== '';
}

function wants_bfd(array $wanted): bool
{
    return in_array(true, array_column($wanted['neighbours'], 'bfd'), true);
}

/** @return list<string> why the settings that stand there forbid our neighbours */
function globals_problems(array $config, array $wanted): array
{
    $problems = half_configured_problems($config, $wanted);
    foreach (['frr' => 'Global Settings', 'frrbgp' => 'BGP'] as $section => $page) {
        if (settings($config, $section) !== [] && !switched_on($config, $section)) {
            $problems[] = "FRR is configured but switched off: tick Enable on the page Services > FRR $page.";
        }
    }
    $asn = settings($config, 'frrbgp')['asnum'] ?? '';
    if (settings($config, 'frrbgp') !== [] && (string) $asn !== (string) $wanted['bgp']['asn']) {
        $problems[] = 'BGP on this firewall is AS ' . printable($asn) . " and the stack says {$wanted['bgp']['asn']}:"
            . ' write the AS number of the firewall into the stack config.';
    }
    return $problems;
}

/** What sleeps in the config would wake up with the settings we create. */
function half_configured_problems(array $config, array $wanted): array
{
    $problems = [];
    if (settings($config, 'frr') === [] && any_switched_on($config, ['frrbgp', ...OTHER_DAEMONS])) {
        $problems[] = 'FRR has no global settings although parts of it are switched on, and these would start with ours:'
            . ' fill in the page Services > FRR Global Settings first.';
    }
    $foreign = array_filter(entries($config, NEIGHBOURS), fn (array $entry) => !is_ours($entry, mark($wanted)));
    if (settings($config, 'frrbgp') === [] && $foreign !== []) {
        $problems[] = 'Neighbours are configured although BGP is not, and these would come up with ours:'
            . ' fill in the page Services > FRR BGP first, or delete them.';
    }
    $sleeping = array_filter(entries($config, BFD_PEERS), fn (array $entry) => !is_ours($entry, mark($wanted)));
    if (wants_bfd($wanted) && !switched_on($config, 'frrbfd') && $sleeping !== []) {
        $problems[] = 'BFD peers are configured although BFD is off, and these would come up with ours:'
            . ' switch it on on the page Services > FRR BFD first, or delete them.';
    }
    return $problems;
}

/** @param list<string> $sections */
function any_switched_on(array $config, array $sections): bool
{
    return array_filter($sections, fn (string $section) => switched_on($config, $section)) !== [];
}

function with_globals(array $config, array $wanted): array
{
    foreach (GLOBAL_SECTIONS as $section) {
        if (section_missing($config, $section, $wanted)) {
            $entry = settings($config, $section) + section_template($section, $wanted);
            $config = with($config, "installedpackages/$section", ['config' => [$entry]]);
        }
    }
    return $config;
}

function section_missing(array $config, string $section, array $wanted): bool
{
    if ($section === 'frrbfd') {
        return wants_bfd($wanted) && !switched_on($config, $section);
    }
    return settings($config, $section) === [];
}

/** @param array<string, mixed> $created written path => what stood there before */
function without_globals(array $config, array $created, array $wanted): array
{
    foreach (GLOBAL_SECTIONS as $section) {
        $path = "installedpackages/$section";
        if (array_key_exists($path, $created) && !section_in_use($config, $section, $created[$path], $wanted)) {
            $config = with_or_without($config, $path, $created[$path]);
        }
    }
    return $config;
}

/** In use: somebody else needs it, or somebody changed it since it was created. */
function section_in_use(array $config, string $section, mixed $before, array $wanted): bool
{
    $created = settings(with([], "installedpackages/$section", $before), $section) + section_template($section, $wanted);
    $free = ['routerid' => 1, 'password' => 1];
    if (!same_entry(array_diff_key(settings($config, $section), $free), array_diff_key($created, $free))) {
        return true;
    }
    return match ($section) {
        'frrbfd' => entries($config, 'installedpackages/frrbfdpeers/config') !== []
            || array_filter(array_column(entries($config, NEIGHBOURS), 'bfdenable')) !== [],
        'frrbgp' => entries($config, NEIGHBOURS) !== [],
        'frr' => settings($config, 'frrbgp') !== []
            || any_switched_on($config, OTHER_DAEMONS),
    };
}
