<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* From the config that is to the config that shall be: pure, and the same twice. */

/** The config after an apply. Entries that already say what is wanted stay as they are, byte for byte. */
function applied(array $config, array $request): array
{
    $wanted = $request['wanted'];
    $mark = mark($wanted);
    $madeHere = rules_made_here($config, $request, 'on');
    $config = claimed($config, $request);
    $after = with_globals($config, $wanted);
    $lists = array_map(fn (array $list) => prefix_list_entry($list, $mark), sorted($wanted['prefixLists'], 'name'));
    $after = with_list($after, PREFIX_LISTS, $lists, free_lists($after, $mark, $lists), 'name');
    $password = $request['password'] ?? null;
    $neighbours = array_map(
        fn (array $neighbour) => neighbour_entry($neighbour, $mark, $password),
        sorted($wanted['neighbours'], 'address')
    );
    $addresses = array_flip(array_map(address_key(...), array_column($neighbours, 'peer')));
    $may = fn (array $entry) => is_ours($entry, $mark)
        || ($wanted['adopt'] && isset($addresses[address_key(text($entry, 'peer'))]));
    $after = with_list($after, NEIGHBOURS, $neighbours, $may, 'peer');
    $after = with_list($after, BFD_PEERS, bfd_peer_entries($wanted), $may, 'peer');
    return with_record($config, with_rules($after, $wanted, $madeHere), $request);
}

/** The config after a remove. */
function removed(array $config, array $request): array
{
    if (not_held($config, $request) !== null) {
        return $config;
    }
    $wanted = $request['wanted'];
    $wanted['owner'] = text(own_record($config, $request)['record'] ?? $wanted, 'owner');
    $mark = mark($wanted);
    $ours = fn (array $entry) => is_ours($entry, $mark);
    $after = with_list($config, NEIGHBOURS, [], $ours, 'peer');
    $after = with_list($after, BFD_PEERS, [], $ours, 'peer');
    $after = with_list($after, PREFIX_LISTS, [], free_lists($after, $mark, []), 'name');
    $after = rules_made_here($config, $request, '') ? without_rules($after, $wanted) : $after;
    [$after, $created] = without_record($after, $wanted['owner']);
    $after = without_globals($after, $created, $wanted);
    return without_empty_lists($after, $created);
}

/**
 * The list with our entries as wanted: updated where they stand, deleted when no longer wanted,
 * new ones at the end. $may says which entries are ours to change.
 *
 * @param list<array> $wanted
 */
function with_list(array $config, string $path, array $wanted, callable $may, string $identity): array
{
    $found = elements($config, $path);
    $open = [];
    foreach ($wanted as $entry) {
        $open[address_key($entry[$identity])] = $entry;
    }
    $list = [];
    foreach ($found as $entry) {
        $key = is_array($entry) ? address_key(text($entry, $identity)) : '';
        if (!is_array($entry) || !$may($entry)) {
            $list[] = $entry;
        } elseif (isset($open[$key])) {
            $list[] = same_entry($entry, $open[$key]) ? $entry : $open[$key];
            unset($open[$key]);
        }
    }
    $list = [...$list, ...array_values($open)];
    return $list === $found ? $config : with($config, $path, $list);
}

/**
 * Which prefix lists may be changed or deleted: ours, but not one we no longer want while a foreign
 * neighbour or route map uses it, because a list that is missing opens or closes their filter.
 *
 * @param list<array> $lists the wanted ones
 */
function free_lists(array $config, string $mark, array $lists): \Closure
{
    $names = array_column($lists, 'name');
    $used = foreign_list_uses($config, $mark);
    return fn (array $entry) => is_ours($entry, $mark)
        && (in_array(text($entry, 'name'), $names, true) || !in_array(text($entry, 'name'), $used, true));
}

/** @return list<string> names of prefix lists that neighbours and route maps without our mark use */
function foreign_list_uses(array $config, string $mark): array
{
    $used = [];
    foreach (entries($config, NEIGHBOURS) as $entry) {
        if (!is_ours($entry, $mark)) {
            array_push($used, text($entry, 'prefixfilter_in'), text($entry, 'prefixfilter_out'));
        }
    }
    foreach (entries($config, ROUTE_MAPS) as $entry) {
        array_push($used, text($entry, 'prefix_match'), text($entry, 'nexthop_pl'));
    }
    return array_values(array_unique($used));
}

/** Addresses sort by their bytes, names by their text, so that the order in the stack config does not matter. */
function sorted(array $list, string $field): array
{
    usort($list, fn (array $one, array $two) => strcmp(sort_key($one[$field]), sort_key($two[$field])));
    return $list;
}

function sort_key(string $text): string
{
    $packed = filter_var($text, FILTER_VALIDATE_IP) === false ? false : inet_pton($text);
    return $packed === false ? $text : strlen($packed) . bin2hex($packed);
}

/** @return list<string> what differs, one sentence each, without a value that could be secret */
function change_sentences(array $before, array $after): array
{
    $sentences = [
        ...list_sentences('neighbour', 'peer', entries($before, NEIGHBOURS), entries($after, NEIGHBOURS)),
        ...list_sentences('BFD peer', 'peer', entries($before, BFD_PEERS), entries($after, BFD_PEERS)),
        ...list_sentences('prefix list', 'name', entries($before, PREFIX_LISTS), entries($after, PREFIX_LISTS)),
        ...list_sentences('alias', 'name', entries($before, ALIASES), entries($after, ALIASES)),
        ...list_sentences('pass rule', 'descr', entries($before, RULES), entries($after, RULES)),
        ...holder_sentences(entries($before, RECORDS), entries($after, RECORDS)),
    ];
    $names = ['frr' => 'global settings of FRR', 'frrbgp' => 'BGP settings', 'frrbfd' => 'BFD'];
    foreach ($names as $section => $name) {
        if (at($before, "installedpackages/$section") !== at($after, "installedpackages/$section")) {
            $sentences[] = $name . (switched_on($after, $section) ? ' enabled' : ' removed');
        }
    }
    return $sentences;
}

/** @return list<string> */
function list_sentences(string $what, string $identity, array $before, array $after): array
{
    $old = array_column($before, null, $identity);
    $new = array_column($after, null, $identity);
    $sentences = [];
    foreach (array_keys($new + $old) as $key) {
        if (!isset($old[$key])) {
            $sentences[] = "$what $key added";
        } elseif (!isset($new[$key])) {
            $sentences[] = "$what $key removed";
        } elseif ($old[$key] !== $new[$key]) {
            $sentences[] = "$what $key changed: " . implode(', ', different_fields($old[$key], $new[$key]));
        }
    }
    return $sentences;
}
