<?php

declare(strict_types=1);

namespace MetallbPfsense;

/*
 * The payload, checked again on the firewall: what the program checked may have been changed on the
 * way, and the FRR package prints every value as it stands, so that a newline in a description
 * would become a line of frr.conf (frr_bgp_neighbors_validate_input() is empty).
 */

const ACTIONS = ['apply', 'remove', 'observe', 'check'];
const PASSWORD_TYPES = ['none', 'both', 'both-bidir', 'frr', 'setkey', 'setkey-bidir'];

const OWNER = '/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,39}\z/';
const DESCRIPTION = '#^[A-Za-z0-9][A-Za-z0-9 ._:/()+,=@-]{0,79}\z#';
/* RFC 8203 has room for 128 bytes; the package puts double quotes round it. */
const SHUTDOWN_MESSAGE = '#^[A-Za-z0-9][A-Za-z0-9 ._:/()+,=@-]{0,127}\z#';
const LIST_NAME = '/^(?!ACCEPTFILTER)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\z/';
const INTERFACE_NAME = '/^[a-z][a-z0-9_]{0,31}\z/';
const UPDATE_SOURCE = '/^([a-z][a-z0-9_]{0,31}|_vip[0-9a-f]{1,32}\|[0-9a-fA-F.:]{2,45})\z/';
const REASON = '#^[A-Za-z0-9][A-Za-z0-9 ._:/()+,=@-]{0,199}\z#';
/* setkey(8) ends a key at a quote and runs what follows as root; vtysh refuses white space; the third is the end of CDATA. */
const PASSWORD = '/^(?!.*\]\]>)[!#-\[\]-~]{1,80}\z/';

/** Reads the payload and the action on the command line; the latter wins, because destroy sends the payload of apply. */
function read_request(string $base64, array $arguments): array
{
    $json = base64_decode($base64, true);
    $request = $json === false ? null : json_decode($json, true, 16);
    if (!is_array($request)) {
        throw new Stop('the payload is not base64 of a JSON object', EXIT_PAYLOAD);
    }
    if (($request['version'] ?? null) !== PAYLOAD_VERSION) {
        throw new Stop(
            'this agent knows payload version ' . PAYLOAD_VERSION . ' only; agent and program must be of one release',
            EXIT_PAYLOAD
        );
    }
    if (isset($arguments[1])) {
        $request['action'] = $arguments[1];
    }
    unset($request['run']);
    if (preg_match(RUN, $arguments[2] ?? '') === 1) {
        $request['run'] = $arguments[2];
    }
    $problems = request_problems($request);
    if ($problems !== []) {
        throw new Stop('the payload is refused: ' . implode(' ', $problems), EXIT_PAYLOAD, $problems);
    }
    return $request;
}

/** @return list<string> every problem, with the path of the value and never the value of a secret */
function request_problems(array $request): array
{
    $known = ['version', 'action', 'reason', 'stack', 'router', 'routers', 'run', 'wanted', 'password', 'deadline', 'prefixes'];
    $problems = unknown_keys('payload', $request, $known);
    $problems[] = one_of('action', $request['action'] ?? null, ACTIONS);
    $problems[] = matches('reason', $request['reason'] ?? null, REASON);
    $problems[] = whole_number('deadline', $request['deadline'] ?? null, ($request['action'] ?? '') === 'check' ? 1 : 10, 3600);
    $problems[] = whole_number('prefixes', $request['prefixes'] ?? 0, 0, 1000000);
    if (isset($request['password']) && !(is_string($request['password']) && preg_match(PASSWORD, $request['password']))) {
        $problems[] = 'password: 1 to 80 printable ASCII characters without space, double quote, backslash and "]]>".';
    }
    array_push($problems, ...identity_problems($request));
    $wanted = $request['wanted'] ?? null;
    $problems = array_merge($problems, is_array($wanted) ? wanted_problems($wanted, $request) : ['wanted: missing.']);
    return array_values(array_filter($problems));
}

/** @return list<?string> */
function wanted_problems(array $wanted, array $request): array
{
    $known = ['version', 'owner', 'bgp', 'neighbours', 'prefixLists', 'passRule', 'adopt', 'allowCarp', 'installPackage'];
    $problems = unknown_keys('wanted', $wanted, $known);
    $problems[] = whole_number('wanted.version', $wanted['version'] ?? null, PAYLOAD_VERSION, PAYLOAD_VERSION);
    $problems[] = matches('wanted.owner', $wanted['owner'] ?? null, OWNER);
    $problems[] = whole_number('wanted.bgp.asn', $wanted['bgp']['asn'] ?? null, 1, 4294967295);
    $problems[] = address('wanted.bgp.routerId', $wanted['bgp']['routerId'] ?? null, FILTER_FLAG_IPV4);
    $problems[] = yes_or_no('wanted.adopt', $wanted['adopt'] ?? null);
    $problems[] = yes_or_no('wanted.allowCarp', $wanted['allowCarp'] ?? null);
    $problems[] = yes_or_no('wanted.installPackage', $wanted['installPackage'] ?? false);
    if (isset($wanted['passRule'])) {
        array_push($problems, ...interfaces_problems('wanted.passRule.interfaces', $wanted['passRule']['interfaces'] ?? null));
    }
    foreach (['neighbours', 'prefixLists'] as $list) {
        if (!is_array($wanted[$list] ?? null) || !array_is_list($wanted[$list])) {
            return [...$problems, "wanted.$list: must be a list."];
        }
    }
    if (array_filter($problems) !== []) {
        return $problems;
    }
    /* check and remove need no password, so it is not sent where it is not needed. */
    $writes = in_array($request['action'] ?? '', ['apply', 'observe'], true);
    return [...prefix_lists_problems($wanted), ...neighbours_problems($wanted, $writes ? isset($request['password']) : null)];
}

/** @return list<?string> */
function interfaces_problems(string $at, mixed $interfaces): array
{
    if (!is_array($interfaces) || !array_is_list($interfaces) || $interfaces === []) {
        return ["$at: must be a list of at least one interface."];
    }
    $problems = array_map(
        fn (int $index) => matches("{$at}[$index]", $interfaces[$index], INTERFACE_NAME),
        array_keys($interfaces)
    );
    $twice = count(array_unique($interfaces, SORT_REGULAR)) < count($interfaces);
    return [...$problems, $twice ? "$at: one stands there twice." : null];
}

/**
 * @param ?bool $password whether one is given, null when it does not matter
 * @return list<?string>
 */
function neighbours_problems(array $wanted, ?bool $password): array
{
    $problems = [];
    $families = array_column($wanted['prefixLists'], 'family', 'name');
    $seen = [];
    foreach ($wanted['neighbours'] as $index => $neighbour) {
        $at = "wanted.neighbours[$index]";
        if (!is_array($neighbour)) {
            $problems[] = "$at: must be an object.";
            continue;
        }
        $found = array_filter(neighbour_problems($at, $neighbour, $families, $password, $wanted['owner']));
        array_push($problems, ...$found);
        $key = $found === [] ? address_key($neighbour['address']) : "broken $index";
        $problems[] = isset($seen[$key]) ? "$at.address: stands twice in the list." : null;
        $seen[$key] = true;
    }
    return $problems;
}

/** @return list<?string> */
function neighbour_problems(string $at, array $neighbour, array $families, ?bool $password, string $owner): array
{
    $family = $neighbour['family'] ?? null;
    $type = $neighbour['passwordType'] ?? null;
    $known = [
        'address', 'description', 'asn', 'family', 'timers', 'bfd', 'bfdTimers', 'ebgpMultihop', 'updateSource',
        'prefixListIn', 'prefixListOut', 'maximumPrefix', 'shutdown', 'passwordType',
    ];
    $problems = [
        ...unknown_keys($at, $neighbour, $known),
        one_of("$at.family", $family, ['ipv4', 'ipv6']),
        address("$at.address", $neighbour['address'] ?? null, $family === 'ipv6' ? FILTER_FLAG_IPV6 : FILTER_FLAG_IPV4),
        description("$at.description", $neighbour['description'] ?? null, $owner),
        whole_number("$at.asn", $neighbour['asn'] ?? null, 1, 4294967295),
        yes_or_no("$at.bfd", $neighbour['bfd'] ?? null),
        whole_number("$at.maximumPrefix", $neighbour['maximumPrefix'] ?? null, 1, 4294967295),
        whole_number("$at.ebgpMultihop", $neighbour['ebgpMultihop'] ?? 1, 1, 255),
        matches("$at.updateSource", $neighbour['updateSource'] ?? null, UPDATE_SOURCE),
        matches("$at.shutdown", $neighbour['shutdown'] ?? 'absent', SHUTDOWN_MESSAGE),
        one_of("$at.passwordType", $type, PASSWORD_TYPES),
    ];
    $problems[] = password_type_problem("$at.passwordType", $type !== 'none', $password);
    array_push($problems, ...bfd_timers_problems("$at.bfdTimers", $neighbour));
    if (isset($neighbour['timers'])) {
        $hold = $neighbour['timers']['hold'] ?? null;
        $problems[] = whole_number("$at.timers.hold", $hold, 3, 65535);
        $problems[] = whole_number("$at.timers.keepalive", $neighbour['timers']['keepalive'] ?? null, 1, is_int($hold) ? $hold : 65535);
    }
    foreach (['prefixListIn', 'prefixListOut'] as $list) {
        $name = $neighbour[$list] ?? null;
        /* The package drops a filter whose list it does not know, and the session would be open. */
        if (!is_string($name) || ($families[$name] ?? null) !== $family) {
            $problems[] = "$at.$list: must name an entry of wanted.prefixLists of the neighbour's family.";
        }
    }
    return $problems;
}

function password_type_problem(string $at, bool $wanted, ?bool $given): ?string
{
    if ($given === null || $wanted === $given) {
        return null;
    }
    return $given ? "$at: is \"none\" although a password is given." : "$at: needs a password and none is given.";
}

/** @return list<?string> */
function prefix_lists_problems(array $wanted): array
{
    $problems = [];
    $names = [];
    foreach ($wanted['prefixLists'] as $index => $list) {
        $at = "wanted.prefixLists[$index]";
        if (!is_array($list)) {
            $problems[] = "$at: must be an object.";
            continue;
        }
        $name = $list['name'] ?? null;
        array_push(
            $problems,
            ...unknown_keys($at, $list, ['name', 'description', 'family', 'rules']),
            ...[
                matches("$at.name", $name, LIST_NAME),
                description("$at.description", $list['description'] ?? null, $wanted['owner']),
                one_of("$at.family", $list['family'] ?? null, ['ipv4', 'ipv6']),
                is_string($name) && isset($names[$name]) ? "$at.name: stands twice in the list." : null,
            ],
            ...rules_problems("$at.rules", $list['rules'] ?? null, $list['family'] ?? null)
        );
        $names[is_string($name) ? $name : ''] = true;
    }
    return $problems;
}

/** @return list<?string> */
function rules_problems(string $at, mixed $rules, mixed $family): array
{
    /* FRR takes an empty list for "permit everything". */
    if (!is_array($rules) || !array_is_list($rules) || $rules === []) {
        return ["$at: must be a list of at least one rule."];
    }
    $problems = [];
    $last = 0;
    foreach ($rules as $index => $rule) {
        $rule = is_array($rule) ? $rule : [];
        $problems[] = rule_problem("{$at}[$index]", $rule, $family === 'ipv6' ? 128 : 32)
            ?? ($rule['seq'] > $last ? null : "{$at}[$index].seq: must be greater than the one before.");
        $last = is_int($rule['seq'] ?? null) ? $rule['seq'] : $last;
    }
    return $problems;
}

function rule_problem(string $at, array $rule, int $bits): ?string
{
    $any = $rule['any'] ?? false;
    $problems = [
        ...unknown_keys($at, $rule, ['seq', 'action', 'prefix', 'any', 'ge', 'le']),
        whole_number("$at.seq", $rule['seq'] ?? null, 1, 4294967295),
        one_of("$at.action", $rule['action'] ?? null, ['permit', 'deny']),
        yes_or_no("$at.any", $any),
        $any === true && array_intersect_key($rule, ['prefix' => 1, 'ge' => 1, 'le' => 1]) !== []
            ? "$at: any stands alone, without prefix, ge and le."
            : null,
    ];
    if ($any !== true) {
        $length = prefix_length($rule['prefix'] ?? null, $bits);
        $problems[] = $length === null ? "$at.prefix: must be a network in CIDR form, host bits zero." : null;
        $problems[] = whole_number("$at.ge", $rule['ge'] ?? $bits, $length ?? 0, $bits);
        $problems[] = whole_number("$at.le", $rule['le'] ?? $bits, (int) ($rule['ge'] ?? $length), $bits);
    }
    return array_values(array_filter($problems))[0] ?? null;
}
