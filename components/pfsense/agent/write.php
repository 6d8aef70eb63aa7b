<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Reads and writes of config.xml among other writers, which nothing of pfSense's keeps apart. */

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

/** @return array the parts that may be written, to be put back */
function written_parts(array $config): array
{
    $parts = [];
    foreach (WRITTEN_PATHS as $path) {
        $parts[$path] = at($config, $path);
    }
    return $parts;
}
