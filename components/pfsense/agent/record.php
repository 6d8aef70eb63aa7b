<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * The record: one element for each stack in a section of its own, installedpackages/metallbpfsense,
 * which no form of the GUI rewrites. "owner" is the name of the cluster, "stack", "id" and "router" say
 * who holds it (identity.php), "run" names the last apply that changed something, so that the program
 * can tell whether the firewall is as that one left it, "rules" whether pass rules were made here. "created" maps the paths this program filled to what stood
 * there before (nothing, or an empty tag), so that the last stack to leave can put that back.
 */

const LIST_PARTS = [
    'installedpackages/frrbgpneighbors' => NEIGHBOURS,
    'installedpackages/frrbfdpeers' => BFD_PEERS,
    'installedpackages/frrglobalprefixes' => PREFIX_LISTS,
    'aliases' => ALIASES,
    'filter/rule' => RULES,
];

/** @return list<string> owners of every stack that uses this firewall */
function recorded_owners(array $config): array
{
    return array_values(array_map(fn (array $record) => text($record, 'owner'), entries($config, RECORDS)));
}

/** Adds to the record of this stack what the step from $before to $after created. */
function with_record(array $before, array $after, array $request): array
{
    $owner = $request['wanted']['owner'];
    $created = [];
    foreach (GLOBAL_SECTIONS as $section) {
        $path = "installedpackages/$section";
        if (at($before, $path) !== at($after, $path)) {
            $created[$path] = at($before, $path);
        }
    }
    foreach (LIST_PARTS as $path => $list) {
        if (entries($before, $list) === [] && entries($after, $list) !== []) {
            $created[$path] = at($before, $path);
        }
    }
    $records = entries($after, RECORDS);
    $index = record_index($records, $owner);
    $known = $index === null ? [] : read_created($records[$index]);
    $record = identified(['owner' => $owner, 'created' => write_created($known + $created)], $request);
    if ($index !== null && $known + $created === $known) {
        return $after;
    }
    $records[$index ?? count($records)] = $record;
    return with($after, RECORDS, $records);
}

/**
 * Takes this stack out of the record.
 *
 * @return array{array, array} the config, and what the last stack may put back ([] while others stay)
 */
function without_record(array $config, string $owner): array
{
    $records = entries($config, RECORDS);
    $index = record_index($records, $owner);
    if ($index === null) {
        return [$config, []];
    }
    $created = read_created($records[$index]);
    array_splice($records, $index, 1);
    if ($records === []) {
        return [without($config, dirname(RECORDS)), $created];
    }
    $records[0]['created'] = write_created(read_created($records[0]) + $created);
    return [with($config, RECORDS, $records), []];
}

/** Puts back the empty tags and absent sections of lists that are empty again. */
function without_empty_lists(array $config, array $created): array
{
    foreach (LIST_PARTS as $path => $list) {
        if (array_key_exists($path, $created) && entries($config, $list) === []) {
            $config = with_or_without($config, $path, $created[$path]);
        }
    }
    return $config;
}

function with_or_without(array $config, string $path, mixed $value): array
{
    return $value === null ? without($config, $path) : with($config, $path, $value);
}

/** @param list<array> $records */
function record_index(array $records, string $owner): ?int
{
    foreach ($records as $index => $record) {
        if (text($record, 'owner') === $owner) {
            return $index;
        }
    }
    return null;
}

/** @return array<string, mixed> paths outside those this program may write are dropped */
function read_created(array $record): array
{
    $created = json_decode(text($record, 'created'), true);
    return is_array($created) ? array_intersect_key($created, array_flip(WRITTEN_PATHS)) : [];
}

function write_created(array $created): string
{
    return (string) json_encode($created, JSON_FORCE_OBJECT | JSON_UNESCAPED_SLASHES);
}
