<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* Checks of single values: null when good, else one sentence that starts with the path. */

/** @return list<string> */
function unknown_keys(string $at, array $value, array $known): array
{
    $unknown = array_values(array_diff(array_map('strval', array_keys($value)), $known));
    return array_map(fn (string $key) => "$at: the agent does not know the field " . printable($key) . '.', $unknown);
}

function one_of(string $at, mixed $value, array $allowed): ?string
{
    return in_array($value, $allowed, true) ? null : "$at: must be one of " . implode(', ', $allowed) . '.';
}

function matches(string $at, mixed $value, string $pattern): ?string
{
    return is_string($value) && preg_match($pattern, $value) === 1
        ? null
        : "$at: " . printable($value) . ' has a wrong form or length.';
}

/** pfSense cuts a description at 80 characters, the mark included, and the mark is how an entry is found again. */
function description(string $at, mixed $value, string $owner): ?string
{
    $problem = matches($at, $value, DESCRIPTION);
    if ($problem === null && strlen("$owner/$value") > 80) {
        return "$at: longer than 80 characters together with the owner.";
    }
    return $problem;
}

function whole_number(string $at, mixed $value, int $from, int $to): ?string
{
    return is_int($value) && $value >= $from && $value <= $to ? null : "$at: must be a whole number from $from to $to.";
}

function yes_or_no(string $at, mixed $value): ?string
{
    return is_bool($value) ? null : "$at: must be true or false.";
}

function address(string $at, mixed $value, int $family): ?string
{
    return is_string($value) && filter_var($value, FILTER_VALIDATE_IP, $family) !== false
        ? null
        : "$at: " . printable($value) . ' is not an address of the right family.';
}

/** Length of a network in CIDR form whose host bits are zero, else null. */
function prefix_length(mixed $prefix, int $bits): ?int
{
    if (!is_string($prefix) || preg_match('#^([0-9a-fA-F.:]+)/(0|[1-9][0-9]{0,2})\z#', $prefix, $part) !== 1) {
        return null;
    }
    $packed = filter_var($part[1], FILTER_VALIDATE_IP) === false ? '' : (string) inet_pton($part[1]);
    $length = (int) $part[2];
    if (strlen($packed) * 8 !== $bits || $length > $bits) {
        return null;
    }
    $digits = implode('', array_map(fn (int $byte) => sprintf('%08b', $byte), array_values((array) unpack('C*', $packed))));
    return trim(substr($digits, $length), '0') === '' ? $length : null;
}

/** One spelling for every spelling of an address; other text is returned as it is. */
function address_key(string $text): string
{
    $packed = filter_var($text, FILTER_VALIDATE_IP) === false ? false : inet_pton($text);
    return $packed === false ? $text : bin2hex($packed);
}

/** A value for a message: one line of ASCII, short. */
function printable(mixed $value): string
{
    $text = is_string($value) ? $value : (string) json_encode($value);
    $short = strlen($text) > 60 ? substr($text, 0, 57) . '...' : $text;
    return '"' . preg_replace('/[^ -~]/', '?', $short) . '"';
}

/** @return list<string> */
function words(string $text): array
{
    return preg_split('/ +/', $text, -1, PREG_SPLIT_NO_EMPTY) ?: [];
}
