<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* What a change will do to running sessions, told before it is made. */

/** Fields of a neighbour that FRR takes over without resetting its session (tried on FRR 8.4); any other counts as a reset. */
const HITLESS_FIELDS = [
    'descr', 'timers_keepalive', 'timers_holdtime', 'prefixfilter_in', 'prefixfilter_out', 'maximumprefix_num',
    'bfdenable', 'sendcommunity', 'nexthopself', 'defaultoriginate', 'distribute_in', 'distribute_out',
    'aspathfilter_in', 'aspathfilter_out', 'routemap_in', 'routemap_out', 'unsuppressmap', 'weight',
    'softreconfigurationinbound', 'allowasin',
];

/**
 * none, reload, resets (the sessions in `resets`) or restart (all sessions), with the reason.
 *
 * @return array{effect: string, resets: list<string>, reason: string}
 */
function predicted_effect(array $before, array $after): array
{
    $restart = restart_reason($before, $after);
    if ($restart !== null) {
        return ['effect' => 'restart', 'resets' => [], 'reason' => "all sessions of this firewall drop: $restart"];
    }
    $resets = reset_neighbours(entries($before, NEIGHBOURS), entries($after, NEIGHBOURS));
    if ($resets !== []) {
        return ['effect' => 'resets', 'resets' => $resets, 'reason' => resets_sentence($before, $after, $resets)];
    }
    if (concerns_frr($before, $after)) {
        return ['effect' => 'reload', 'resets' => [], 'reason' => 'FRR takes the change over without resetting a session that stays'];
    }
    return ['effect' => 'none', 'resets' => [], 'reason' => 'running sessions are not concerned'];
}

/** @param list<string> $resets */
function resets_sentence(array $before, array $after, array $resets): string
{
    [$old, $new] = [entries($before, NEIGHBOURS), entries($after, NEIGHBOURS)];
    $shut = newly_shut($old, $new);
    $opened = newly_shut($new, $old);
    $sentences = array_filter([
        'these sessions are shut: ' => $shut,
        'these sessions may come up again: ' => array_values(array_intersect($resets, $opened)),
        'these sessions drop and come back: ' => array_values(array_diff($resets, $shut, $opened)),
    ]);
    return implode('; ', array_map(fn (string $what, array $peers) => $what . implode(', ', $peers), array_keys($sentences), $sentences));
}

/** False where only the record, rules or aliases differ: FRR has nothing to load. */
function concerns_frr(array $before, array $after): bool
{
    return array_filter(changed_paths($before, $after), fn (string $path) => str_contains($path, '/frr')) !== [];
}

/** The package restarts FRR when its list of daemons changes or one of them does not run, and reloads otherwise (frr_service_action). */
function restart_reason(array $before, array $after): ?string
{
    if (!concerns_frr($before, $after)) {
        return null;
    }
    foreach (['frr' => 'FRR', 'frrbgp' => 'BGP', 'frrbfd' => 'BFD'] as $section => $name) {
        $on = switched_on($after, $section);
        if (switched_on($before, $section) !== $on) {
            return "$name is switched " . ($on ? 'on' : 'off');
        }
    }
    return dead_daemons_reason();
}

function dead_daemons_reason(): ?string
{
    $daemons = configured_daemons();
    $dead = $daemons === [] ? [] : array_diff($daemons, running_daemons());
    return $dead === [] ? null : 'not running: ' . implode(', ', $dead);
}

/** What it does when FRR loads again what config.xml says already. */
function load_effect(): array
{
    $dead = dead_daemons_reason();
    if ($dead !== null) {
        return ['effect' => 'restart', 'resets' => [], 'reason' => "all sessions of this firewall drop: $dead"];
    }
    return ['effect' => 'reload', 'resets' => [], 'reason' => 'FRR has to load what config.xml says already'];
}

/** @return list<string> */
function reset_neighbours(array $before, array $after): array
{
    $old = array_column($before, null, 'peer');
    $resets = [];
    foreach ($after as $entry) {
        $found = $old[text($entry, 'peer')] ?? $entry;
        if ($found !== $entry && array_diff(different_fields($found, $entry), HITLESS_FIELDS) !== []) {
            $resets[] = text($entry, 'peer');
        }
    }
    return $resets;
}
