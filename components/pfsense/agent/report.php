<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* observe and check: they read and change nothing. */

/** The difference to the wanted state and what an apply would do. */
function observe(array $request): array
{
    [, $before] = read_unchanging_config();
    $problems = apply_problems($before, $request);
    $after = applied($before, $request);
    $changes = change_sentences($before, $after);
    if (changed_paths($before, $after) !== []) {
        array_push($problems, ...write_problems($before));
    }
    $message = $changes === [] ? 'as wanted' : count($changes) . ' differences';
    $effect = predicted_effect($before, $after);
    $names = names_of($request, $before);
    if ($changes === [] && !frr_is_stopped($before) && ($problem = running_problem($names)) !== null) {
        $changes = ["FRR does not run what config.xml says: $problem"];
        $message = 'config.xml is as wanted, FRR is not';
        $effect = load_effect();
    }
    $marked = fn (array $entry) => is_ours($entry, mark($request['wanted']));
    $ours = count(array_filter(entries($before, NEIGHBOURS), $marked));
    return [
        'outcome' => 'observed',
        'message' => $problems === [] ? $message : "an apply would be refused: $problems[0]",
        'problems' => $problems,
        'changes' => $changes,
        'revision' => substr(config_fingerprint(), 0, 12),
        'mode' => raw_problems($before, $request['wanted']) === [] ? 'structured' : 'raw',
        'neighbours' => ['ours' => $ours, 'others' => count(entries($before, NEIGHBOURS)) - $ours],
        'sessions' => sessions($request['wanted']['neighbours']),
    ] + $effect;
}

/** Waits until every wanted session is Established with its prefixes. */
function check(array $request): array
{
    $config = read_config();
    $wanted = $request['wanted']['neighbours'];
    $state = carp_state($config);
    if (in_array($state, ['BACKUP', 'INIT'], true)) {
        return ['outcome' => 'established', 'message' => "not checked: CARP is $state here and pfSense keeps FRR stopped", 'sessions' => []];
    }
    step('sessions');
    $sessions = [];
    $done = poll(function () use ($wanted, $request, &$sessions) {
        $sessions = sessions($wanted);
        return open_sessions($sessions, $request['prefixes'] ?? 0) === [] ? true : null;
    }, max(0.0, seconds_left() - 1), 0.5);
    if ($done === true) {
        $count = count($sessions);
        return ['outcome' => 'established', 'message' => "all $count sessions are Established", 'sessions' => $sessions];
    }
    $open = open_sessions($sessions, $request['prefixes'] ?? 0);
    $problems = array_map(open_sentence(...), array_slice($open, 0, 20));
    $message = count($open) . ' of ' . count($sessions) . ' sessions are not ready: ' . implode('; ', array_slice($problems, 0, 5));
    return ['outcome' => 'failed', 'message' => $message, 'problems' => $problems, 'sessions' => $sessions, 'exit' => EXIT_SESSIONS];
}

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
