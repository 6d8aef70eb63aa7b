<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * apply and remove: read, refuse, compute, write once, prove. Whoever calls this holds the lock of
 * the agent, undoes when it fails after the write, and ends it when it hangs (supervise.php).
 */

/** How often a change is made again after somebody else's write undid it. */
const ATTEMPTS = 5;

/** @return array the result, without version and action */
function change(array $request, callable $tell): array
{
    $removing = $request['action'] === 'remove';
    $compute = fn (array $config) => $removing ? removed($config, $request) : applied($config, $request);
    [$fingerprint, $before] = read_unchanging_config();
    $held = $removing ? not_held($before, $request) : null;
    if ($held !== null) {
        return ['message' => $held] + no_change();
    }
    refuse($removing ? [] : apply_problems($before, $request));
    $after = $compute($before);
    if (changed_paths($before, $after) === []) {
        return unchanged($before, $request, $tell);
    }
    $standing = standing_sessions();
    refuse([...write_problems($before), ...undrained_problems($before, $after, $standing)]);
    $sentences = change_sentences($before, $after);
    $effect = predicted_effect($before, $after);
    $keep = sessions_to_keep($standing, $before, $after, $request);
    begin_change(names_of($request, $before, $after));
    $tell(['undo' => ['before' => written_parts($before), 'after' => written_parts($after)]]);
    $note = change_until_kept($fingerprint, $before, $compute, $request, $tell);
    if (!frr_is_stopped($after)) {
        step('sessions');
        require_sessions($keep);
    }
    end_change();
    return ['outcome' => $removing ? 'removed' : 'changed', 'changes' => $sentences, 'message' => sentence($sentences, $note)] + $effect;
}

/** @param list<string> $problems */
function refuse(array $problems): void
{
    if ($problems !== []) {
        throw new Refused($problems);
    }
}

/** The steps after the decision, once more when a slow writer (a GUI page opened before) removed the change again. */
function change_until_kept(string $fingerprint, array $before, callable $compute, array $request, callable $tell): string
{
    for ($attempt = 1; $attempt <= ATTEMPTS; $attempt++) {
        $tell(['step' => 'write_config()']);
        step('write');
        $written = write_until_kept($fingerprint, $before, $compute, $request['reason']);
        $tell(['step' => 'frr_generate_config()']);
        $note = take_over($before, $written, $request);
        [$fingerprint, $now] = read_unchanging_config();
        if (changed_paths($now, $compute($now)) === []) {
            return $note;
        }
        $before = $now;
    }
    throw new Failed('somebody else writes config.xml all the time and removes the change');
}

/** The config says what is wanted; FRR and pf may still not, when an earlier run was cut off after its write. */
function unchanged(array $config, array $request, callable $tell): array
{
    $names = our_names($request['wanted']['owner'], $config);
    if ($request['action'] === 'remove' && !switched_on($config, 'frr')) {
        return still_removed($config, $request);
    }
    $done = !function_exists('frr_generate_config') || frr_is_stopped($config) || runs_as_written($config, $request, $names);
    if ($done && begun_change() === null) {
        return no_change();
    }
    $effect = load_effect();
    $tell(['step' => 'frr_generate_config()']);
    $keep = sessions_to_keep(standing_sessions(), $config, $config, $request);
    begin_change($names);
    take_over($config, $config, $request);
    require_sessions($keep);
    end_change();
    $sentence = 'FRR loaded the configuration, which stood in config.xml already';
    return ['outcome' => 'changed', 'changes' => [$sentence], 'message' => $sentence] + $effect;
}

function no_change(): array
{
    return ['outcome' => 'unchanged', 'changes' => [], 'message' => 'no change', 'effect' => 'none', 'resets' => [], 'reason' => ''];
}

/** Nothing of ours in config.xml, and FRR switched off there: its daemons may have been left with our entries all the same. */
function still_removed(array $config, array $request): array
{
    $wanted = $request['wanted'];
    $names = array_fill_keys([
        ...array_map(canonical(...), array_column($wanted['neighbours'], 'address')),
        ...array_column($wanted['prefixLists'], 'name'),
    ], true);
    if (!must_let_go($config, $config, $names) && begun_change() === null) {
        return no_change();
    }
    let_go($config, $config, $names);
    generate();
    $sentence = 'FRR had entries that are not in config.xml any more, and was ended';
    $note = left_behind($config, $names);
    end_change();
    return ['outcome' => 'removed', 'changes' => [$sentence], 'message' => sentence([$sentence], $note), 'effect' => 'restart', 'resets' => [], 'reason' => ''];
}

/** Names of our entries in these configs, under this stack's present name and the one before. */
function names_of(array $request, array ...$configs): array
{
    $names = [];
    foreach ($configs as $config) {
        $owners = [$request['wanted']['owner'], text(own_record($config, $request)['record'] ?? [], 'owner')];
        foreach (array_unique(array_filter($owners)) as $owner) {
            $names += our_names($owner, $config);
        }
    }
    return $names;
}

function runs_as_written(array $config, array $request, array $names): bool
{
    return generated_problem($config, $request['wanted']['owner']) === null && running_problem($names) === null;
}

/** True when pfSense keeps FRR stopped here: no FRR, or the standby side of a CARP pair. */
function frr_is_stopped(array $config): bool
{
    return !switched_on($config, 'frr') || in_array(carp_state($config), ['BACKUP', 'INIT'], true);
}

function sentence(array $changes, string $note): string
{
    $count = count($changes);
    $text = $count <= 3 ? implode('; ', $changes) : implode('; ', array_slice($changes, 0, 2)) . '; and ' . ($count - 2) . ' more changes';
    return $text . ($note === '' ? '' : "; $note");
}
