<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * What pf asks before a rule of an interface: redirections, floating rules that are "quick", and the
 * rules of the interface's groups (filter.inc). The pass rule cannot stand before those.
 */

const GROUPS = 'ifgroups/ifgroupentry';
const REDIRECTIONS = 'nat/rule';

/** @return list<string> what may keep the nodes' packets from the pass rule, for a reviewer */
function ahead_of_pass_rule(array $config, array $wanted): array
{
    $ahead = array_map(fn (string $interface) => ahead_on($config, $interface), $wanted['passRule']['interfaces'] ?? []);
    return array_values(array_unique(array_merge(...$ahead)));
}

/** @return list<string> */
function ahead_on(array $config, string $interface): array
{
    $redirects = fn (array $rule) => text($rule, 'interface') === $interface && !isset($rule['nordr']) && may_be_bgp($rule, $interface);
    $forwards = array_filter(entries($config, REDIRECTIONS), $redirects);
    $sentence = fn (array $rule) => 'The port forward ' . printable(text($rule, 'descr')) . ' comes before every rule and may take BGP of the nodes away.';
    return [...rules_ahead($config, $interface), ...array_map($sentence, array_values($forwards))];
}

/** @return list<string> */
function rules_ahead(array $config, string $interface): array
{
    $has = fn (array $group) => in_array($interface, words(text($group, 'members')), true);
    $groups = array_column(array_filter(entries($config, GROUPS), $has), 'ifname');
    $ahead = [];
    foreach (entries($config, RULES) as $rule) {
        $place = place_ahead($rule, $interface, $groups);
        if ($place !== null && takes_away($rule) && may_be_bgp($rule, $interface)) {
            $ahead[] = "The $place " . printable(text($rule, 'descr')) . ' is asked before the pass rule and may take BGP of the nodes away.';
        }
    }
    return $ahead;
}

/** @param list<string> $groups */
function place_ahead(array $rule, string $interface, array $groups): ?string
{
    if (isset($rule['floating'])) {
        $here = text($rule, 'interface') === '' || in_array($interface, explode(',', text($rule, 'interface')), true);
        $asked = text($rule, 'quick') === 'yes' && in_array(text($rule, 'direction'), ['', 'in', 'any'], true);
        return $here && $asked ? 'floating rule' : null;
    }
    $group = text($rule, 'interface');
    return in_array($group, $groups, true) ? "rule of the group $group" : null;
}

/** A rule with a gateway sends the packet there, one that blocks ends it. */
function takes_away(array $rule): bool
{
    return in_array(text($rule, 'type'), ['block', 'reject'], true) || text($rule, 'gateway') !== '';
}

/** False only where protocol, port or destination say that BGP towards this firewall is not meant. */
function may_be_bgp(array $rule, string $interface): bool
{
    $destination = is_array($rule['destination'] ?? null) ? $rule['destination'] : [];
    $network = text($destination, 'network');
    $here = isset($destination['any']) || isset($destination['not']) || in_array($network, ['(self)', $interface, "{$interface}ip"], true);
    return !isset($rule['disabled']) && $here
        && in_array(text($rule, 'protocol'), ['', 'any', 'tcp', 'tcp/udp'], true)
        && port_may_be(text($destination, 'port'), (int) BGP_PORT);
}

/** An alias may be any port. */
function port_may_be(string $port, int $wanted): bool
{
    if (preg_match('/^(\d+)(?:[-:](\d+))?\z/', $port, $range) !== 1) {
        return true;
    }
    return $wanted >= (int) $range[1] && $wanted <= (int) ($range[2] ?? $range[1]);
}
