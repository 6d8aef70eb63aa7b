<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Access to config.xml, only through pfSense's own functions. */

/** The parts of config.xml the agent reads; absent parts are null. */
const READ_PARTS = ['installedpackages', 'aliases', 'filter', 'nat', 'interfaces', 'virtualip', 'revision'];

/**
 * Stops unless config.xml on the disk is whole. pfSense does not notice a write cut short by a full
 * disk, and a second write would make the cut file the newest backup as well.
 */
function require_whole_config_file(string $file = CONFIG_FILE): void
{
    $text = @file_get_contents($file);
    if ($text === false || $text === '') {
        throw new Refused(["$file cannot be read or is empty; restore a backup (Diagnostics > Backup & Restore > Config History)."]);
    }
    $parser = xml_parser_create();
    $whole = xml_parse($parser, $text, true) === 1;
    if (!$whole || preg_match('#</(pfsense|m0n0wall)>\s*\z#', $text) !== 1) {
        throw new Refused([
            "$file is damaged (line " . xml_get_current_line_number($parser) . ') and was not touched;'
            . ' restore a backup (Diagnostics > Backup & Restore > Config History).',
        ]);
    }
}

/** Four times the file and 1 MiB: write_config copies the old file, writes the new one beside it, and renames. */
function disk_problem(string $file = CONFIG_FILE): ?string
{
    clearstatcache();
    $need = 4 * (int) @filesize($file) + 1048576;
    $free = @disk_free_space(dirname($file));
    if ($free === false || $free >= $need) {
        return null;
    }
    return sprintf('The disk of %s has %d KiB left and %d KiB are needed; make room first.', dirname($file), $free / 1024, $need / 1024);
}

function read_only_problem(string $file = CONFIG_FILE): ?string
{
    clearstatcache();
    $folder = dirname($file);
    return is_writable($folder) ? null : "$folder cannot be written: it is mounted read-only, or its owner was changed; pfSense itself cannot save anything here.";
}

/**
 * Up to 2.8 pfSense writes a letter outside ASCII as an entity that XML does not have, cannot read
 * its own file again, and goes back to a backup; inside CDATA it does no harm. Such a text comes
 * from an editor or another tool.
 */
function unwritable_text_problem(): ?string
{
    if (!function_exists('dump_xml_config') || !str_contains((string) \dump_xml_config(['metallbpfsense' => "\u{ed}"], 'pfsense'), '&iacute;')) {
        return null;
    }
    $path = unwritable_text($GLOBALS['config'] ?? [], '');
    return $path === null ? null : "pfSense cannot write this config again: <$path> holds a letter outside ASCII, which this release writes as"
        . ' something that it cannot read; replace that letter (Diagnostics > Backup & Restore, or the page it belongs to).';
}

function unwritable_text(mixed $value, string $path): ?string
{
    if (!is_array($value)) {
        $tag = basename($path);
        $written = is_string($value) && preg_match('/[^\x00-\x7f]/', $value) === 1;
        return $written && !(function_exists('is_cdata_entity') && \is_cdata_entity($tag)) ? $path : null;
    }
    foreach ($value as $key => $inner) {
        $found = unwritable_text($inner, is_int($key) ? $path : ltrim("$path/$key", '/'));
        if ($found !== null) {
            return $found;
        }
    }
    return null;
}

/**
 * What stands on the disk now. pfSense 2.7 and 2.8 believe /tmp/config.cache over the file, so the
 * read is forced; parse_config() left pfSense in October 2025, config_read_file() came in August 2024.
 */
function read_config(): array
{
    require_whole_config_file();
    if (function_exists('config_read_file')) {
        \config_read_file(false, false);
    } else {
        load_config(\parse_config(true));
    }
    return loaded_config();
}

/** Makes a config the one pfSense's functions work on; the global variable is their store in every release. */
function load_config(array $config): void
{
    $GLOBALS['config'] = $config;
}

/** @return array<string, mixed> the read parts as pfSense holds them in memory */
function loaded_config(): array
{
    $config = [];
    foreach (READ_PARTS as $part) {
        $config[$part] = \config_get_path($part);
    }
    return $config;
}

/** Value at a path, null when absent. An empty tag is '' in pfSense, whatever it usually holds. */
function at(array $config, string $path): mixed
{
    $value = $config;
    foreach (explode('/', $path) as $key) {
        if (!is_array($value) || !array_key_exists($key, $value)) {
            return null;
        }
        $value = $value[$key];
    }
    return $value;
}

/** The list at a path as it stands, empty elements ('') included; empty tags and absent parts are empty lists. */
function elements(array $config, string $path): array
{
    $value = at($config, $path);
    return is_array($value) ? array_values($value) : [];
}

/** The elements of a list that hold something. */
function entries(array $config, string $path): array
{
    return array_values(array_filter(elements($config, $path), 'is_array'));
}

/** The text at a path, '' when absent. */
function text(array $config, string $path): string
{
    $value = at($config, $path);
    return is_scalar($value) ? (string) $value : '';
}

/** The config with another value at a path; empty tags on the way become sections. */
function with(array $config, string $path, mixed $value): array
{
    [$key, $rest] = explode('/', $path, 2) + [1 => null];
    if ($rest !== null) {
        $inner = $config[$key] ?? [];
        $value = with(is_array($inner) ? $inner : [], $rest, $value);
    }
    $config[$key] = $value;
    return $config;
}

/** The config without a path. */
function without(array $config, string $path): array
{
    [$key, $rest] = explode('/', $path, 2) + [1 => null];
    if ($rest === null) {
        unset($config[$key]);
    } elseif (is_array($config[$key] ?? null)) {
        $config[$key] = without($config[$key], $rest);
    }
    return $config;
}

/** @return list<string> the written paths whose values differ */
function changed_paths(array $before, array $after): array
{
    return array_values(array_filter(WRITTEN_PATHS, fn (string $path) => at($before, $path) !== at($after, $path)));
}

/** Sets the changed paths in pfSense's memory. A path of three parts is never deleted whole: pfSense owns the section. */
function load_changes(array $before, array $after): void
{
    foreach (changed_paths($before, $after) as $path) {
        $value = at($after, $path);
        if ($value === null) {
            \config_del_path($path);
        } else {
            \config_set_path($path, $value);
        }
    }
}

/**
 * One write_config(); its own words when it failed, null when it says success. It answers false
 * or -1 on failure, an array on success, and may throw after the file is in place, so the caller
 * asks the file. A failed write leaves an empty config.xml.<pid> behind.
 */
function write_loaded_config(string $reason): ?string
{
    try {
        $answer = \write_config($reason);
        $problem = is_array($answer) ? null : 'write_config returned ' . json_encode($answer);
    } catch (\Throwable $error) {
        $problem = 'write_config stopped with ' . get_class($error);
    }
    $left = CONFIG_FILE . '.' . getmypid();
    if (is_file($left) && filesize($left) === 0) {
        unlink($left);
    }
    return $problem;
}

/** Fingerprint of a config file, to see whether somebody else wrote it. */
function config_fingerprint(string $file = CONFIG_FILE): string
{
    return (string) @sha1_file($file);
}

/** @return array<string, string> the backups pfSense keeps, with what tells a new or replaced one */
function backup_files(string $folder = CONFIG_BACKUPS): array
{
    clearstatcache();
    $files = [];
    foreach (glob("$folder/config-*.xml") ?: [] as $file) {
        $about = (array) @stat($file);
        $files[$file] = implode(' ', [$about['ino'] ?? 0, $about['size'] ?? 0, $about['mtime'] ?? 0, $about['ctime'] ?? 0]);
    }
    return $files;
}
