<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * BFD's numbers. The switch of a neighbour brings a session with FRR's own (300 ms, 3 packets); an
 * entry of the page BFD Peers for the same address gives that session its numbers, FRR's own among
 * them: bfdd leaves a session as it is when its entry is gone (seen with 8.4). It names neither
 * interface nor local address, because those would have to be the session's; so no multihop either,
 * for which FRR wants a local address. The field echointerval stays empty: the package prints it as
 * the transmit interval (frr_bfd.inc).
 */

/** Field of the form => word of frr.conf and FRR's own number, which its running configuration leaves out. */
const BFD_NUMBERS = [
    'detectmultiplier' => ['detect-multiplier', 3],
    'receiveinterval' => ['receive-interval', 300],
    'transmitinterval' => ['transmit-interval', 300],
];

/** @return list<array> one for each neighbour with numbers of its own */
function bfd_peer_entries(array $wanted): array
{
    $tuned = array_filter($wanted['neighbours'], fn (array $neighbour) => isset($neighbour['bfdTimers']));
    return array_map(fn (array $neighbour) => [
        'peer' => $neighbour['address'],
        'descr' => mark($wanted) . $neighbour['description'],
        'interface' => 'default',
        'detectmultiplier' => (string) $neighbour['bfdTimers']['detectMultiplier'],
        'receiveinterval' => (string) $neighbour['bfdTimers']['receiveInterval'],
        'transmitinterval' => (string) $neighbour['bfdTimers']['transmitInterval'],
    ], sorted(array_values($tuned), 'address'));
}

/** @return list<?string> */
function bfd_timers_problems(string $at, array $neighbour): array
{
    if (!isset($neighbour['bfdTimers'])) {
        return [];
    }
    $timers = is_array($neighbour['bfdTimers']) ? $neighbour['bfdTimers'] : [];
    $alone = ($neighbour['bfd'] ?? false) !== true || isset($neighbour['ebgpMultihop']);
    return [
        ...unknown_keys($at, $timers, ['detectMultiplier', 'receiveInterval', 'transmitInterval']),
        whole_number("$at.detectMultiplier", $timers['detectMultiplier'] ?? null, 2, 255),
        whole_number("$at.receiveInterval", $timers['receiveInterval'] ?? null, 10, 60000),
        whole_number("$at.transmitInterval", $timers['transmitInterval'] ?? null, 10, 60000),
        $alone ? "$at: only with bfd and without ebgpMultihop." : null,
    ];
}

/** @return list<string> two entries of one address would be one session with the numbers of both */
function bfd_owner_problems(array $config, array $wanted): array
{
    $ours = array_flip(array_map(address_key(...), array_column(bfd_peer_entries($wanted), 'peer')));
    $problems = [];
    foreach (entries($config, BFD_PEERS) as $entry) {
        $peer = text($entry, 'peer');
        if (isset($ours[address_key($peer)]) && !is_ours($entry, mark($wanted)) && !$wanted['adopt']) {
            $problems[] = 'BFD peer ' . printable($peer) . ' exists and is not of this stack: delete it, or set adopt: true to take it over.';
        }
    }
    return $problems;
}

/** @return array<string, true> the numbers that FRR must have for our entries, as our_bfd_lines has them */
function wanted_bfd_lines(array $config, string $owner): array
{
    $lines = [];
    foreach (entries($config, BFD_PEERS) as $entry) {
        foreach (is_ours($entry, "$owner/") ? BFD_NUMBERS : [] as $field => [$word, $own]) {
            $number = (int) text($entry, $field);
            $lines += $number === $own ? [] : ['bfd peer ' . canonical(text($entry, 'peer')) . " $word $number" => true];
        }
    }
    return $lines;
}

/**
 * The numbers that FRR's text has for our BFD peers, a line each with the peer in front.
 *
 * @param array<string, true> $names
 * @return array<string, true>
 */
function our_bfd_lines(string $text, array $names): array
{
    $own = array_column(BFD_NUMBERS, 1, 0);
    $lines = [];
    $peer = '';
    foreach (explode("\n", $text) as $line) {
        if (preg_match('/^ ?\S/', $line) === 1) {
            $peer = preg_match('/^ peer (\S+)/', $line, $found) === 1 ? canonical($found[1]) : '';
        } elseif (isset($names[$peer]) && preg_match('/^\s+(\S+) (\d+)\s*$/', $line, $found) === 1) {
            $counts = isset($own[$found[1]]) && (int) $found[2] !== $own[$found[1]];
            $lines += $counts ? ["bfd peer $peer {$found[1]} {$found[2]}" => true] : [];
        }
    }
    return $lines;
}
