<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * apply and remove: read, refuse, compute, write once, prove. Whoever calls this holds the lock of
 * the agent, undoes when it fails after `write`, and ends it when it hangs (supervise.php).
 */

/** How often a change is made again after somebody else's write undid it. */
const ATTEMPTS = 5;

/** @return array the result, without version and action */
function change(array $request, callable $tell): array
{
    $removing = $request['action'] === 'remove';
    $compute = fn (array $config) => $removing ? removed($config, $request) : applied($config, $request);
    [$fingerprint, $before] = read_unchanging_config();
    $problems = $removing ? [] : apply_problems($before, $request);
    if ($problems !== []) {
        throw new Refused($problems);
    }
    $after = $compute($before);
    $sentences = change_sentences($before, $after);
    $names = our_names($request['wanted']['owner'], $before, $after);
    if (changed_paths($before, $after) === []) {
        return unchanged($before, $request, $names);
    }
    $ready = array_filter([disk_problem(), foreign_syntax_problem()]);
    if ($ready !== []) {
        throw new Refused(array_values($ready));
    }
    $effect = predicted_effect($before, $after);
    $tell(['undo' => ['before' => written_parts($before), 'after' => written_parts($after)]]);
    $written = write_until_kept($fingerprint, $before, $compute, $request['reason'], $tell);
    $note = take_over($before, $written, $request, $names);
    if (changed_paths(read_config(), $compute(loaded_config())) !== []) {
        throw new Failed('somebody else wrote config.xml meanwhile and removed the change again');
    }
    return ['outcome' => $removing ? 'removed' : 'changed', 'changes' => $sentences, 'message' => sentence($sentences, $note)] + $effect;
}

/** A read and the fingerprint of the very file that was read. */
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

/** An error that is there already would keep FRR from loading anything: frr-reload applies a file whole or not at all. */
function foreign_syntax_problem(): ?string
{
    $problem = is_file(FRR_CONF) ? syntax_problem() : null;
    return $problem === null ? null : "FRR's configuration has a syntax error already: $problem; mend that entry in Services > FRR first.";
}

/** The config says what is wanted; FRR may still not run it, when an earlier run was cut off before the reload. */
function unchanged(array $config, array $request, array $names): array
{
    $none = ['outcome' => 'unchanged', 'changes' => [], 'message' => 'no change', 'effect' => 'none', 'resets' => [], 'reason' => ''];
    if (frr_is_stopped($config)) {
        return $none;
    }
    if (generated_problem($config, $request['wanted']['owner']) === null && running_problem($names) === null) {
        return $none;
    }
    $effect = predicted_effect($config, with($config, 'installedpackages/frr', null));
    take_over($config, $config, $request, $names);
    $sentence = 'FRR loaded the configuration, which stood in config.xml already';
    return ['outcome' => 'changed', 'changes' => [$sentence], 'message' => $sentence] + $effect;
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
function write_until_kept(string $fingerprint, array $config, callable $compute, string $reason, callable $tell): array
{
    for ($attempt = 1; $attempt <= ATTEMPTS; $attempt++) {
        if (config_fingerprint() !== $fingerprint) {
            [$fingerprint, $config] = read_unchanging_config();
        }
        load_changes($config, $compute($config));
        $tell(['step' => 'write']);
        $problem = write_loaded_config($reason);
        $foreign = overwritten_config($config, $fingerprint);
        [$fingerprint, $config] = read_unchanging_config();
        if ($foreign !== null) {
            load_config($foreign);
            $config = loaded_config();
            load_changes($config, $compute($config));
            $problem = write_loaded_config("$reason, keeping the change written meanwhile");
            [$fingerprint, $config] = read_unchanging_config();
        }
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
 * The config another writer put in place between our read and our write, null when there was none:
 * the backup of the replaced file is then not the file we read.
 */
function overwritten_config(array $config, string $fingerprint): ?array
{
    $backup = backup_file($config);
    if (!is_file($backup) || config_fingerprint($backup) === $fingerprint || !function_exists('parse_xml_config')) {
        return null;
    }
    $foreign = \parse_xml_config($backup, ['pfsense', 'm0n0wall']);
    return is_array($foreign) && isset($foreign['installedpackages']) ? $foreign : null;
}

function load_config(array $config): void
{
    $GLOBALS['config'] = $config;
}

/** Generates, checks, and waits for the daemons; a note for the message, or Failed. */
function take_over(array $before, array $written, array $request, array $names): string
{
    if (at($before, RULES) !== at($written, RULES) || at($before, 'aliases') !== at($written, 'aliases')) {
        require_once 'filter.inc';
        \filter_configure();
    }
    generate();
    if (!switched_on($written, 'frr')) {
        return '';
    }
    $problem = $request['action'] === 'remove' ? null : generated_problem($written, $request['wanted']['owner']);
    $problem ??= ($line = syntax_problem()) === null ? null : "FRR refuses $line";
    if ($problem !== null) {
        throw new Failed($problem);
    }
    if (frr_is_stopped($written)) {
        return 'FRR is stopped here, this firewall being the standby side of a CARP pair';
    }
    $problem = wait_for_frr($names);
    if ($problem !== null) {
        throw new Failed("FRR did not take the change over: $problem");
    }
    return '';
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
