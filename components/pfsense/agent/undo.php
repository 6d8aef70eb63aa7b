<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Puts back what we changed, and nothing else: other people may have written config.xml since. */

const IDENTITIES = [NEIGHBOURS => 'peer', BFD_PEERS => 'peer', PREFIX_LISTS => 'name', RECORDS => 'owner', ALIASES => 'name', RULES => 'descr'];

/**
 * @param array<string, mixed> $old values of the written paths before our change
 * @param array<string, mixed> $new and after it
 */
function undone(array $config, array $old, array $new): array
{
    foreach (WRITTEN_PATHS as $path) {
        if ($old[$path] === $new[$path]) {
            continue;
        }
        $list = list_below($path);
        if ($list === null || at($config, $path) === $new[$path]) {
            $config = with_or_without($config, $path, $old[$path]);
            continue;
        }
        $before = entries(with([], $path, $old[$path]), $list);
        $after = entries(with([], $path, $new[$path]), $list);
        $merged = undone_list(elements($config, $list), $before, $after, IDENTITIES[$list]);
        $config = $merged === [] ? with_or_without($config, $path, $old[$path]) : with($config, $list, $merged);
    }
    return $config;
}

function list_below(string $path): ?string
{
    foreach (array_keys(IDENTITIES) as $list) {
        if ($list === $path || str_starts_with($list, "$path/")) {
            return $list;
        }
    }
    return null;
}

/** Entries we added go, entries we changed or deleted come back; where nobody moved them, at their old place. */
function undone_list(array $found, array $before, array $after, string $identity): array
{
    $old = array_column($before, null, $identity);
    $new = array_column($after, null, $identity);
    $list = [];
    foreach ($found as $entry) {
        $key = is_array($entry) ? text($entry, $identity) : '';
        $touched = isset($new[$key]) && ($old[$key] ?? null) !== $new[$key];
        if (!$touched) {
            $list[] = $entry;
        } elseif (isset($old[$key])) {
            $list[] = $old[$key];
        }
    }
    $there = array_column($list, null, $identity);
    foreach ($before as $place => $entry) {
        $key = text($entry, $identity);
        if (!isset($there[$key]) && ($new[$key] ?? null) !== $entry) {
            array_splice($list, min($place, count($list)), 0, [$entry]);
        }
    }
    return $list;
}

/** The undo as an action of its own, in a fresh process: the one that failed may hang or hold a broken state. */
function undo(array $request, array $parts): array
{
    [$fingerprint, $config] = read_unchanging_config();
    $back = fn (array $now) => undone($now, $parts['before'], $parts['after']);
    if (changed_paths($config, $back($config)) === []) {
        end_change();
        return ['outcome' => 'failed', 'message' => 'nothing was written', 'changes' => []];
    }
    $written = write_until_kept($fingerprint, $config, $back, $request['reason'] . ', put back');
    $note = take_over($config, $written, ['action' => 'remove'] + $request);
    end_change();
    return ['outcome' => 'rolled-back', 'message' => sentence(['our entries were put back as they were'], $note), 'changes' => []];
}
