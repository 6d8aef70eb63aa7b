<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Our entries as pfSense's forms write them. Values are strings; a ticked box is 'on', an unticked one is left out. */

function mark(array $wanted): string
{
    return $wanted['owner'] . '/';
}

function is_ours(mixed $entry, string $mark): bool
{
    return is_array($entry) && str_starts_with(text($entry, 'descr'), $mark);
}

/** Every choice of the neighbour form has a value, so that an untouched save in the GUI changes nothing. */
function neighbour_entry(array $neighbour, string $mark, ?string $password): array
{
    $timers = $neighbour['timers'] ?? null;
    return [
        'peer' => $neighbour['address'],
        'descr' => $mark . $neighbour['description'],
        'peergroup' => 'none',
        'password' => $neighbour['passwordType'] === 'none' ? '' : (string) $password,
        'password_type' => $neighbour['passwordType'],
        'asnum' => (string) $neighbour['asn'],
        'updatesource_type' => $neighbour['family'],
        'updatesource' => $neighbour['updateSource'],
        'defaultoriginate' => 'no',
        'sendcommunity' => 'disabled',
        'nexthopself' => 'disabled',
        'timers_keepalive' => $timers === null ? '' : (string) $timers['keepalive'],
        'timers_holdtime' => $timers === null ? '' : (string) $timers['hold'],
        'distribute_in' => 'none',
        'distribute_out' => 'none',
        'prefixfilter_in' => $neighbour['prefixListIn'],
        'prefixfilter_out' => $neighbour['prefixListOut'],
        'aspathfilter_in' => 'none',
        'aspathfilter_out' => 'none',
        'routemap_in' => 'none',
        'routemap_out' => 'none',
        'unsuppressmap' => 'none',
        'bfdenable' => $neighbour['bfd'] ? 'on' : '',
        'grmode' => 'default',
        'allowasin' => 'disabled',
        /* A checkbox for dynamic capability; the select that looks like it is capability_orf. */
        'capability' => '',
        'ebgpmultihop' => isset($neighbour['ebgpMultihop']) ? (string) $neighbour['ebgpMultihop'] : '',
        'maximumprefix_num' => (string) $neighbour['maximumPrefix'],
    ] + shutdown_fields($neighbour['shutdown'] ?? null);
}

/** Only where a session is shut: an entry without them is as the form saves it. */
function shutdown_fields(?string $message): array
{
    return $message === null ? [] : ['shutdown' => 'on', 'shutdownmessage' => $message];
}

/** @return list<string> peers that are shut in the second list of entries and were not in the first */
function newly_shut(array $before, array $after): array
{
    $shut = fn (array $entries) => array_column(array_filter($entries, fn (array $entry) => text($entry, 'shutdown') !== ''), 'peer');
    return array_values(array_diff($shut($after), $shut($before)));
}

/** Without iptype the package skips every row and drops the filter from the neighbours without a word. */
function prefix_list_entry(array $list, string $mark): array
{
    return [
        'iptype' => $list['family'] === 'ipv6' ? 'IPv6' : 'IPv4',
        'name' => $list['name'],
        'descr' => $mark . $list['description'],
        'row' => array_map(prefix_rule_row(...), $list['rules']),
    ];
}

function prefix_rule_row(array $rule): array
{
    return [
        'seq' => (string) $rule['seq'],
        'action' => $rule['action'],
        'source' => $rule['prefix'] ?? '',
        'any' => ($rule['any'] ?? false) ? 'on' : '',
        'ge' => isset($rule['ge']) ? (string) $rule['ge'] : '',
        'le' => isset($rule['le']) ? (string) $rule['le'] : '',
    ];
}

/**
 * True when the entry on the firewall says what we want. The GUI adds every field of its form when
 * somebody saves an entry, so a field we do not write may be there with a value that means nothing.
 */
function same_entry(array $found, array $wanted): bool
{
    foreach ($wanted as $key => $value) {
        $other = $found[$key] ?? '';
        $same = is_array($value)
            ? is_array($other) && same_rows($other, $value)
            : is_scalar($other) && (string) $other === $value;
        if (!$same) {
            return false;
        }
    }
    return array_filter(array_diff_key($found, $wanted), fn ($value) => !means_nothing($value)) === [];
}

function same_rows(array $found, array $wanted): bool
{
    if (count($found) !== count($wanted) || !array_is_list($found)) {
        return false;
    }
    foreach ($wanted as $index => $row) {
        if (!is_array($found[$index]) || !same_entry($found[$index], $row)) {
            return false;
        }
    }
    return true;
}

function means_nothing(mixed $value): bool
{
    return in_array($value, ['', 'none', 'no', 'default', 'disabled', null, []], true);
}

/** @return list<string> names of the fields that differ, for messages and for the effect */
function different_fields(array $found, array $wanted): array
{
    $fields = [];
    foreach (array_keys($wanted + $found) as $key) {
        $one = array_intersect_key($found, [$key => 1]);
        if (!same_entry($one, array_intersect_key($wanted, [$key => 1]))) {
            $fields[] = (string) $key;
        }
    }
    return $fields;
}
