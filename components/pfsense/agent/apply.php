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
    refuse(write_problems($before));
    $sentences = change_sentences($before, $after);
    $effect = predicted_effect($before, $after);
    $keep = sessions_to_keep(standing_sessions(), $before, $after, $request);
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

/**
 * A read and the fingerprint of the very file that was read.
 *
 * @return array{string, array}
 */
function read_unchanging_config(): array
{
    for ($attempt = 1; $attempt <= ATTEMPTS; $attempt++) {
        $fingerprint = config_fingerprint();
        $config = read_config();
        if (config_fingerprint() === $fingerprint) {
            return [$fingerprint, $config];
        }
    }
    throw new Refused(['Somebody else writes config.xml all the time; try again later.']);
}

/** @return list<string> what forbids any write and any reload here, whoever makes it */
function write_problems(array $config): array
{
    $found = [disk_problem(), read_only_problem(), unwritable_text_problem(), foreign_syntax_problem($config)];
    return array_values(array_filter($found));
}

/** An error that is there already would keep FRR from loading anything: frr-reload applies a file whole or not at all. */
function foreign_syntax_problem(array $config): ?string
{
    $problem = is_file(FRR_CONF) && switched_on($config, 'frr') ? syntax_problem() : null;
    return $problem === null ? null : "FRR's configuration has a syntax error already: $problem; mend that entry in Services > FRR first.";
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

/**
 * Writes, reads back, and writes again when somebody else's write undid ours or ours undid theirs.
 * pfSense's own lock covers the write only, not the time since the read.
 *
 * @return array the config as it stands on the disk
 */
function write_until_kept(string $fingerprint, array $config, callable $compute, string $reason): array
{
    for ($attempt = 1; $attempt <= ATTEMPTS; $attempt++) {
        if (config_fingerprint() !== $fingerprint) {
            [$fingerprint, $config] = read_unchanging_config();
        }
        [$problem, $foreign] = write_changes($fingerprint, $config, $compute, $reason);
        while ($foreign !== null && $attempt++ <= ATTEMPTS) {
            load_config($foreign['config']);
            [$problem, $foreign] = write_changes($foreign['fingerprint'], loaded_config(), $compute, $reason);
        }
        [$fingerprint, $config] = read_back();
        if (changed_paths($config, $compute($config)) === []) {
            return $config;
        }
        if ($problem !== null) {
            throw new Failed("config.xml was not written: $problem");
        }
    }
    throw new Failed('somebody else writes config.xml all the time and removes the change');
}

/**
 * One write. A config that another writer put in place between our read and our write is found in
 * the backup pfSense makes of the file it replaces: it is then not the file we read. A backup that
 * lacks nothing of ours is our own file, which the next writer has replaced already.
 *
 * @return array{?string, ?array} what write_config complained about, and the overwritten config
 */
function write_changes(string $fingerprint, array $config, callable $compute, string $reason): array
{
    $backups = backup_files();
    load_changes($config, $compute($config));
    $problem = write_loaded_config($reason);
    foreach (array_keys(array_diff_assoc(backup_files(), $backups)) as $file) {
        $found = config_fingerprint($file);
        $foreign = $found === $fingerprint || !function_exists('parse_xml_config') ? null : \parse_xml_config($file, ['pfsense', 'm0n0wall']);
        if (is_array($foreign) && isset($foreign['installedpackages']) && changed_paths($foreign, $compute($foreign)) !== []) {
            return [$problem, ['config' => $foreign, 'fingerprint' => $found]];
        }
    }
    return [$problem, null];
}

/** What stands on the disk after the write; a damaged file is told and not touched again. */
function read_back(): array
{
    try {
        return read_unchanging_config();
    } catch (Refused $refused) {
        throw new Failed('config.xml is not whole after the write and was left alone: ' . implode(' ', $refused->problems));
    }
}

/**
 * Generates, checks, and waits for the daemons; a note for the message, or Failed. The same config
 * twice stands for a change whose beginning is not known: then everything is done.
 */
function take_over(array $before, array $written, array $request): string
{
    step('generate');
    $again = $before === $written;
    if ($again || at($before, RULES) !== at($written, RULES) || at($before, ALIASES) !== at($written, ALIASES)) {
        \filter_configure();
    }
    if (!function_exists('frr_generate_config')) {
        return 'the FRR package is not installed any more';
    }
    $names = names_of($request, $before, $written) + (begun_change() ?? []);
    if (!$again && !concerns_frr($before, $written) && runs_as_written($written, $request, $names)) {
        return '';
    }
    return generated($again ? [] : $before, $written, $request, $names);
}

/**
 * Ends what has to end, generates, and waits for the daemons.
 *
 * @param array<string, true> $names of our entries
 */
function generated(array $before, array $written, array $request, array $names): string
{
    $then = $before === [] ? $written : $before;
    if (must_let_go($then, $written, $names)) {
        let_go($then, $written, $names);
    }
    generate();
    return switched_on($written, 'frr') ? loaded($before, $written, $request, $names) : left_behind($written, array_diff_key($names, our_names($request['wanted']['owner'], $written)));
}

/**
 * FRR's side of a change: its file is good, and the daemons run it.
 *
 * @param array<string, true> $names of our entries
 */
function loaded(array $before, array $written, array $request, array $names): string
{
    require_good_file($written, $request);
    if (frr_is_stopped($written)) {
        return 'FRR is stopped here, this firewall being the standby side of a CARP pair';
    }
    step('reload');
    $problem = wait_for_frr($names);
    if ($problem !== null) {
        throw new Failed("FRR did not take the change over: $problem");
    }
    refresh_routes(neighbours_to_refresh($before, $written, $request['wanted']['owner']));
    return '';
}

function require_good_file(array $written, array $request): void
{
    $problem = $request['action'] === 'remove' ? null : generated_problem($written, $request['wanted']['owner']);
    if ($problem !== null) {
        throw new Failed($problem);
    }
    $problem = syntax_problem();
    if ($problem !== null) {
        throw new Failed("FRR refuses $problem");
    }
}

/** pfSense's one entry point: it writes frr.conf and starts a reload or a restart in the background, and reports nothing. */
function generate(): void
{
    try {
        \frr_generate_config();
    } catch (\Throwable $error) {
        throw new Failed('frr_generate_config() stopped with ' . get_class($error));
    }
}

/** @return array the parts that may be written, to be put back */
function written_parts(array $config): array
{
    $parts = [];
    foreach (WRITTEN_PATHS as $path) {
        $parts[$path] = at($config, $path);
    }
    return $parts;
}

function sentence(array $changes, string $note): string
{
    $count = count($changes);
    $text = $count <= 3 ? implode('; ', $changes) : implode('; ', array_slice($changes, 0, 2)) . '; and ' . ($count - 2) . ' more changes';
    return $text . ($note === '' ? '' : "; $note");
}
