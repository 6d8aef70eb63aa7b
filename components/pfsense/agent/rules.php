<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * Pass rules, on each interface that has nodes: nodes to this firewall, TCP 179 and the ports of BFD (RFC 5881,
 * 5883). The addresses stand in an alias, so that a node that comes or goes changes no rule.
 */

const BGP_PORT = '179';
const BFD_PORT = '3784';
const BFD_MULTIHOP_PORT = '4784';

/** pfSense allows letters, digits and _, at most 31; the digest keeps "a-b" and "a.b" apart. */
function alias_name(string $owner): string
{
    $plain = (string) preg_replace('/[^A-Za-z0-9]/', '_', $owner);
    return 'nodes_' . substr($plain, 0, 16) . '_' . substr(sha1($owner), 0, 8);
}

function alias_entry(array $wanted): array
{
    $neighbours = sorted($wanted['neighbours'], 'address');
    return [
        'name' => alias_name($wanted['owner']),
        'type' => 'host',
        'address' => implode(' ', array_column($neighbours, 'address')),
        'descr' => mark($wanted) . 'nodes of the cluster',
        'detail' => implode('||', array_column($neighbours, 'description')),
    ];
}

/** @return list<array> the rules, without what pfSense adds (tracker, created) */
function rule_entries(array $wanted): array
{
    $bfd = array_filter($wanted['neighbours'], fn (array $neighbour) => $neighbour['bfd']);
    $multihop = array_filter($bfd, fn (array $neighbour) => isset($neighbour['ebgpMultihop']));
    $kinds = array_filter([
        'BGP from the nodes' => ['tcp', BGP_PORT],
        'BFD from the nodes' => count($bfd) > count($multihop) ? ['udp', BFD_PORT] : null,
        'multihop BFD from the nodes' => $multihop === [] ? null : ['udp', BFD_MULTIHOP_PORT],
    ]);
    $rules = [];
    foreach ($wanted['passRule']['interfaces'] as $index => $interface) {
        foreach ($kinds as $description => $kind) {
            $rules[] = rule_entry($wanted, $interface, $kind, $description . ($index === 0 ? '' : " on $interface"));
        }
    }
    return $rules;
}

/** @param array{string, string} $kind protocol and port */
function rule_entry(array $wanted, string $interface, array $kind, string $description): array
{
    $families = array_unique(array_column($wanted['neighbours'], 'family'));
    return [
        'type' => 'pass',
        'interface' => $interface,
        'ipprotocol' => count($families) > 1 ? 'inet46' : (in_array('ipv6', $families, true) ? 'inet6' : 'inet'),
        'statetype' => 'keep state',
        'protocol' => $kind[0],
        'source' => ['address' => alias_name($wanted['owner'])],
        'destination' => ['network' => '(self)', 'port' => $kind[1]],
        'descr' => mark($wanted) . $description,
    ];
}

/** True when the rule on the firewall passes what we want; tracker and dates belong to pfSense. */
function same_rule(array $found, array $wanted): bool
{
    return same_rule_part(array_diff_key($found, ['id' => 1, 'tracker' => 1, 'created' => 1, 'updated' => 1]), $wanted);
}

function same_rule_part(array $found, array $wanted): bool
{
    foreach ($wanted as $key => $value) {
        $other = $found[$key] ?? null;
        if (is_array($value) ? !is_array($other) || !same_rule_part($other, $value) : $other !== $value) {
            return false;
        }
    }
    return array_filter(array_diff_key($found, $wanted), fn ($value) => !means_nothing($value)) === [];
}

/**
 * Alias and rules as wanted: ours are updated in place, new ones stand before the first rule of the
 * interface that takes packets away. Ours that are not wanted go, unless they were made elsewhere.
 */
function with_rules(array $config, array $wanted, bool $madeHere): array
{
    if (!wants_rules($wanted)) {
        return $madeHere ? without_rules($config, $wanted) : $config;
    }
    $mark = mark($wanted);
    $config = with_list($config, ALIASES, [alias_entry($wanted)], fn (array $entry) => is_ours($entry, $mark), 'name');
    $open = array_column(rule_entries($wanted), null, 'descr');
    $rules = [];
    foreach (elements($config, RULES) as $rule) {
        $entry = is_ours($rule, $mark) ? $open[text($rule, 'descr')] ?? null : $rule;
        if (is_ours($rule, $mark)) {
            unset($open[text($rule, 'descr')]);
        }
        if ($entry !== null) {
            $rules[] = $entry === $rule ? $rule : updated_rule($rule, $entry);
        }
    }
    $rules = array_reduce($open, with_new_rule(...), $rules);
    return $rules === elements($config, RULES) ? $config : with($config, RULES, $rules);
}

function wants_rules(array $wanted): bool
{
    return isset($wanted['passRule']) && $wanted['neighbours'] !== [];
}

/** The rule with what pfSense keeps of it: the tracker tells a rule's states and log lines from those of others. */
function updated_rule(array $rule, array $entry): array
{
    return same_rule($rule, $entry) ? $rule : array_intersect_key($rule, ['id' => 1, 'tracker' => 1, 'created' => 1]) + $entry;
}

function without_rules(array $config, array $wanted): array
{
    $mark = mark($wanted);
    foreach ([RULES, ALIASES] as $path) {
        $keep = fn (mixed $entry) => !is_ours($entry, $mark) || ($path === ALIASES && alias_in_use($config, $entry));
        $kept = array_values(array_filter(elements($config, $path), $keep));
        if (count($kept) !== count(elements($config, $path))) {
            $config = with($config, $path, $kept);
        }
    }
    return $config;
}

/** pf loads no rule at all while one rule names an alias that does not exist. */
function alias_in_use(array $config, array $alias): bool
{
    $used = false;
    $others = array_filter(elements($config, ALIASES), fn (mixed $entry) => $entry !== $alias);
    $places = [$config[explode('/', RULES)[0]], $config['nat'] ?? null, $others];
    array_walk_recursive($places, function (mixed $value) use ($alias, &$used) {
        $used = $used || (is_string($value) && in_array($alias['name'], words($value), true));
    });
    return $used;
}

/** @param list<array> $rules */
function with_new_rule(array $rules, array $entry): array
{
    $place = count($rules);
    foreach (array_filter($rules, 'is_array') as $index => $rule) {
        $here = text($rule, 'interface') === $entry['interface'] && !isset($rule['floating']);
        if ($here && takes_away($rule)) {
            $place = $index;
            break;
        }
    }
    $now = (string) time();
    $new = ['id' => '', 'tracker' => free_tracker($rules)] + $entry
        + ['created' => ['time' => $now, 'username' => 'metallb-pfsense']];
    array_splice($rules, $place, 0, [$new]);
    return $rules;
}

/** pfSense tells rules apart by a number it takes from the clock; two rules of one second would share it. */
function free_tracker(array $rules): string
{
    $taken = array_column($rules, 'tracker');
    $tracker = time();
    while (in_array((string) $tracker, $taken, true)) {
        $tracker++;
    }
    return (string) $tracker;
}
