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
    $standing = standing_sessions();
    if (changed_paths($before, $after) !== []) {
        array_push($problems, ...write_problems($before), ...undrained_problems($before, $after, $standing));
    }
    $message = $changes === [] ? 'as wanted' : count($changes) . ' differences';
    $effect = predicted_effect($before, $after);
    if ($changes === [] && ($problem = unloaded_problem($before, $request)) !== null) {
        $changes = ["FRR does not run what config.xml says: $problem"];
        $message = 'config.xml is as wanted, FRR is not';
        $effect = load_effect();
    }
    if (package_missing($request)) {
        array_unshift($changes, PACKAGE_SENTENCE);
    }
    $marked = fn (array $entry) => is_ours($entry, mark($request['wanted']));
    $ours = count(array_filter(entries($before, NEIGHBOURS), $marked));
    return [
        'outcome' => 'observed',
        'message' => $problems === [] ? $message : "an apply would be refused: $problems[0]",
        'problems' => $problems,
        'changes' => $changes,
        'notes' => ahead_of_pass_rule($before, $request['wanted']),
        'run' => text(own_record($before, $request)['record'] ?? [], 'run'),
        'revision' => substr(config_fingerprint(), 0, 12),
        'mode' => raw_problems($before, $request['wanted']) === [] ? 'structured' : 'raw',
        'neighbours' => ['ours' => $ours, 'others' => count(entries($before, NEIGHBOURS)) - $ours],
        'firewall' => ['asn' => (string) (settings($before, 'frrbgp')['asnum'] ?? ''), 'interfaces' => interfaces_here($before)],
        'sessions' => sessions($request['wanted']['neighbours']),
        'others' => addresses_of_others($standing, $before, $request),
    ] + $effect;
}

/** @return list<array{name: string, description: string, address: string}> interfaces with an IPv4 address, in CIDR form */
function interfaces_here(array $config): array
{
    $interfaces = at($config, 'interfaces');
    $found = [];
    foreach (is_array($interfaces) && function_exists('get_interface_subnet') ? $interfaces : [] as $name => $interface) {
        $address = isset($interface['enable']) ? \get_interface_ip($name) : null;
        if (is_string($address) && $address !== '') {
            $bits = (string) \get_interface_subnet($name);
            $found[] = ['name' => (string) $name, 'description' => text($interface, 'descr'), 'address' => "$address/$bits"];
        }
    }
    return $found;
}

/** Why FRR has to load what config.xml says already, as an apply would find it; null when it need not. */
function unloaded_problem(array $config, array $request): ?string
{
    if (frr_is_stopped($config)) {
        return null;
    }
    if (generated_problem($config, $request['wanted']['owner']) !== null) {
        return FRR_CONF . ' is older';
    }
    return running_problem(names_of($request, $config)) ?? (was_cut_off() ? 'an earlier run was cut off' : null);
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
    $seen = ['sessions' => $sessions, 'others' => addresses_of_others(standing_sessions(), $config, $request)];
    if ($done === true) {
        $count = count($sessions);
        return ['outcome' => 'established', 'message' => "all $count sessions are Established"] + $seen;
    }
    $open = open_sessions($sessions, $request['prefixes'] ?? 0);
    $problems = array_map(open_sentence(...), array_slice($open, 0, 20));
    $message = count($open) . ' of ' . count($sessions) . ' sessions are not ready: ' . implode('; ', array_slice($problems, 0, 5));
    return ['outcome' => 'failed', 'message' => $message, 'problems' => $problems, 'exit' => EXIT_SESSIONS] + $seen;
}
