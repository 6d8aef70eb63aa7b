<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * Whose entries they are. Descriptions carry the name of the cluster, which people choose and change,
 * and which two stacks may share by accident; the record (record.php) carries the stack's own number,
 * which lives in its state, and the router of the stack that holds them.
 *
 * A request without a stack is of an older release: then the name alone decides.
 */

const STACK_ID = '/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/';
const STACK_NAME = '#^[A-Za-z0-9][A-Za-z0-9._:/@ -]{0,119}\z#';
const RUN = '/^[0-9a-f]{12}\z/';
const ROUTER_NAME = '/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z/';

/** @return list<?string> */
function identity_problems(array $request): array
{
    if (!isset($request['stack'])) {
        return isset($request['router']) || isset($request['routers']) ? ['router: belongs to a stack.'] : [];
    }
    $stack = is_array($request['stack']) ? $request['stack'] : [];
    $problems = unknown_keys('stack', $stack, ['id', 'name']);
    $problems[] = matches('stack.id', $stack['id'] ?? null, STACK_ID);
    $problems[] = matches('stack.name', $stack['name'] ?? null, STACK_NAME);
    $problems[] = matches('router', $request['router'] ?? null, ROUTER_NAME);
    $routers = $request['routers'] ?? null;
    if (!is_array($routers) || !array_is_list($routers)) {
        return [...$problems, 'routers: must be a list.'];
    }
    foreach ($routers as $index => $router) {
        $problems[] = matches("routers[$index]", $router, ROUTER_NAME);
    }
    return $problems;
}

/**
 * The record of the stack that asks: by its number, else the one of its name that has no number.
 *
 * @return ?array{index: int, record: array}
 */
function own_record(array $config, array $request): ?array
{
    $id = $request['stack']['id'] ?? '';
    $named = null;
    foreach (entries($config, RECORDS) as $index => $record) {
        if ($id !== '' && text($record, 'id') === $id) {
            return ['index' => $index, 'record' => $record];
        }
        $may = $id === '' || text($record, 'id') === '' || $request['wanted']['adopt'];
        if ($may && text($record, 'owner') === $request['wanted']['owner']) {
            $named = ['index' => $index, 'record' => $record];
        }
    }
    return $named;
}

/** @return list<string> why this stack or this router may not have the entries that are there */
function claim_problems(array $config, array $request): array
{
    if (!isset($request['stack'])) {
        return [];
    }
    ['owner' => $owner, 'adopt' => $adopt] = $request['wanted'];
    $own = own_record($config, $request);
    $problems = [];
    foreach (entries($config, RECORDS) as $index => $record) {
        if ($index !== ($own['index'] ?? null) && text($record, 'owner') === $owner && !$adopt) {
            $problems[] = "The mark $owner is used here by another stack, " . printable(text($record, 'stack')) . ', and this is '
                . printable($request['stack']['name']) . ': give one of them another cluster.name, or set adopt: true to take its entries over.';
        }
    }
    $holder = text($own['record'] ?? [], 'router');
    if ($holder !== '' && $holder !== $request['router'] && in_array($holder, $request['routers'], true)) {
        $problems[] = "This firewall is the router $holder of this stack already, and would be {$request['router']} too: give that one sharesFirewall: { with: $holder } in place of pfsense.";
    }
    return $problems;
}

/**
 * The config with the entries of this stack under its present name and in the hands of this router:
 * a changed name changes descriptions and nothing else of an entry.
 */
function claimed(array $config, array $request): array
{
    $own = own_record($config, $request);
    if (!isset($request['stack']) || $own === null) {
        return $config;
    }
    $owner = $request['wanted']['owner'];
    $config = renamed($config, text($own['record'], 'owner'), $owner);
    $records = entries($config, RECORDS);
    $records[$own['index']] = identified(['owner' => $owner] + $records[$own['index']], $request);
    return $records === entries($config, RECORDS) ? $config : with($config, RECORDS, $records);
}

/**
 * Whether the pass rules that are there were made here, and not by the other firewall of a CARP pair,
 * whose configuration sync brings rules and aliases but no record.
 *
 * @param string $unsaid 'on' where a record that says nothing, of an older release, counts as no
 */
function rules_made_here(array $config, array $request, string $unsaid): bool
{
    $said = text(own_record($config, $request)['record'] ?? [], 'rules');
    return !isset($request['stack']) || $said === 'on' || $said === $unsaid;
}

/** The record with the stack and the router that hold it, and the run that the program knows it by. */
function identified(array $record, array $request): array
{
    if (!isset($request['stack'])) {
        return $record;
    }
    $holder = ['stack' => $request['stack']['name'], 'id' => $request['stack']['id'], 'router' => $request['router']];
    $notes = ['rules' => wants_rules($request['wanted']) ? 'on' : 'off'] + array_intersect_key($request, ['run' => 1]);
    return ['owner' => $record['owner']] + $holder + $notes + $record;
}

function renamed(array $config, string $from, string $to): array
{
    if ($from === $to) {
        return $config;
    }
    foreach ([NEIGHBOURS, BFD_PEERS, PREFIX_LISTS, ALIASES, RULES] as $path) {
        $list = array_map(function (mixed $entry) use ($from, $to) {
            return is_ours($entry, "$from/") ? ['descr' => $to . substr(text($entry, 'descr'), strlen($from))] + $entry : $entry;
        }, elements($config, $path));
        if ($list !== elements($config, $path)) {
            $config = with($config, $path, $list);
        }
    }
    return $config;
}

/**
 * @param list<array> $before
 * @param list<array> $after
 * @return list<string> what changes in the records of stacks that stay
 */
function holder_sentences(array $before, array $after): array
{
    $sentences = [];
    foreach ($before as $index => $old) {
        $new = $after[$index] ?? null;
        if ($new === null || count($before) > count($after)) {
            continue;
        }
        if (text($old, 'owner') !== text($new, 'owner')) {
            $sentences[] = 'entries of ' . text($old, 'owner') . ' are called ' . text($new, 'owner');
        }
        $of = fn (array $record) => [text($record, 'stack'), text($record, 'id'), text($record, 'router')];
        if ($of($old) !== $of($new)) {
            $sentences[] = 'entries are held by router ' . text($new, 'router') . ' of ' . text($new, 'stack');
        }
        if ($sentences === [] && $old !== $new) {
            $sentences[] = 'the record of this stack is brought up to date';
        }
    }
    return $sentences;
}

/** Why a remove has nothing to remove: somebody else holds the entries by now; null when it may. */
function not_held(array $config, array $request): ?string
{
    if (!isset($request['stack'])) {
        return null;
    }
    $own = own_record($config, ['wanted' => ['adopt' => false] + $request['wanted']] + $request);
    if ($own === null) {
        foreach (entries($config, RECORDS) as $record) {
            if (text($record, 'owner') === $request['wanted']['owner']) {
                return 'these entries belong to another stack, ' . printable(text($record, 'stack')) . ': nothing was removed';
            }
        }
        return null;
    }
    $holder = text($own['record'], 'router');
    return $holder === '' || $holder === $request['router']
        ? null
        : "router $holder of this stack holds these entries now: nothing was removed";
}
