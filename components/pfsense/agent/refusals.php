<?php

declare(strict_types=1);

namespace MetallbPfsense;

/* What forbids a change. Every sentence says what to do; all are told at once. */

/** Before pfSense's library is loaded: loading it parses config.xml, and pfSense may "repair" a damaged one. */
function require_pfsense(): void
{
    if (function_exists('posix_geteuid') && posix_geteuid() !== 0) {
        throw new Refused(['This user is not root: set the command to "sudo -n /usr/local/bin/php -q" and allow it with the sudo package.']);
    }
    if (PHP_VERSION_ID < 80100) {
        throw new Refused(['PHP ' . PHP_VERSION . ' is older than 8.1: update pfSense to 2.7 or newer.']);
    }
    if (!function_exists('pcntl_fork')) {
        throw new Refused(['PHP here has no pcntl, without which a hanging step could not be ended.']);
    }
    if (stream_resolve_include_path('config.inc') === false) {
        throw new Refused(['This is not a pfSense: config.inc was not found.']);
    }
    require_whole_config_file();
}

/** @return list<string> */
function library_problems(string $package): array
{
    $problems = [];
    if (!function_exists('config_get_path') || !function_exists('config_set_path') || !function_exists('config_del_path')) {
        $problems[] = 'This pfSense is older than 2.7: update it.';
    }
    if (is_file(FRR_PACKAGE) && !function_exists('frr_generate_config')) {
        $problems[] = 'The FRR package has no frr_generate_config(): reinstall it in System > Package Manager.';
    }
    if (preg_match('/^[0-9]/', $package) === 1 && version_compare(strtr($package, '_', '.'), '1.0', '<')) {
        $problems[] = "The FRR package $package is older than 1.0: update it in System > Package Manager.";
    }
    return $problems;
}

/** @return list<string> what in the config forbids an apply */
function apply_problems(array $config, array $request): array
{
    $wanted = $request['wanted'];
    $claims = claim_problems($config, $request);
    if ($claims !== []) {
        return $claims;
    }
    $config = claimed($config, $request);
    return [
        ...raw_problems($config, $wanted),
        ...globals_problems($config, $wanted),
        ...neighbour_owner_problems($config, $wanted),
        ...bfd_owner_problems($config, $wanted),
        ...list_owner_problems($config, $wanted),
        ...interface_problems($config, $wanted),
        ...carp_address_problems($config, $wanted, (string) getenv('SSH_CONNECTION')),
    ];
}

/** Raw text replaces what the package generates, and structured entries are then accepted and ignored without a word. */
function raw_problems(array $config, array $wanted): array
{
    $problems = [];
    foreach (['frr', 'bgpd', ...(wants_bfd($wanted) ? ['bfdd'] : [])] as $key) {
        if (text($config, "installedpackages/frrglobalraw/config/0/$key") !== '') {
            $problems[] = "FRR runs on raw configuration (\"$key\"), which hides every neighbour of the forms:"
                . ' clear it on the page Services > FRR Global/Zebra > Raw Config and enter its content in the forms.';
        }
    }
    return $problems;
}

/** @return list<string> */
function neighbour_owner_problems(array $config, array $wanted): array
{
    $found = [];
    foreach (entries($config, NEIGHBOURS) as $entry) {
        if (!is_ours($entry, mark($wanted))) {
            $found[address_key(text($entry, 'peer'))][] = $entry;
        }
    }
    $problems = [];
    foreach ($wanted['neighbours'] as $neighbour) {
        $foreign = $found[address_key($neighbour['address'])] ?? [];
        $stack = array_values(array_filter(array_map(fn (array $entry) => other_owner($config, $entry), $foreign)));
        if ($stack !== []) {
            $problems[] = "Neighbour {$neighbour['address']} belongs to the stack {$stack[0]}: remove the node from one of the two.";
        } elseif (count($foreign) > 1) {
            $problems[] = "Neighbour {$neighbour['address']} stands there " . count($foreign) . ' times: delete all but one.';
        } elseif ($foreign !== [] && !$wanted['adopt']) {
            $problems[] = "Neighbour {$neighbour['address']} exists and is not of this stack: delete it, or set adopt: true to take it over.";
        }
    }
    return $problems;
}

/** The recorded stack that an entry's description names, null for an entry made by hand. */
function other_owner(array $config, array $entry): ?string
{
    foreach (recorded_owners($config) as $owner) {
        if (is_ours($entry, "$owner/")) {
            return $owner;
        }
    }
    return null;
}

/** @return list<string> */
function list_owner_problems(array $config, array $wanted): array
{
    $names = array_column($wanted['prefixLists'], 'name');
    $problems = [];
    foreach (entries($config, PREFIX_LISTS) as $entry) {
        if (in_array(text($entry, 'name'), $names, true) && !is_ours($entry, mark($wanted))) {
            $problems[] = 'Prefix list ' . printable(text($entry, 'name')) . ' exists and is not of this stack: rename or delete it.';
        }
    }
    if (isset($wanted['passRule'])) {
        foreach (entries($config, ALIASES) as $entry) {
            if (text($entry, 'name') === alias_name($wanted['owner']) && !is_ours($entry, mark($wanted))) {
                $problems[] = 'Alias ' . printable(text($entry, 'name')) . ' exists and is not of this stack: rename or delete it.';
            }
        }
    }
    return $problems;
}

/** The package leaves an update source it does not know out without a word; a rule on an unknown interface passes nothing. */
function interface_problems(array $config, array $wanted): array
{
    $interfaces = at($config, 'interfaces');
    $interfaces = is_array($interfaces) ? $interfaces : [];
    $used = array_unique(array_column($wanted['neighbours'], 'updateSource'));
    $uses = array_fill_keys(array_filter($used, fn (string $source) => preg_match('/^(wan|lan|opt[0-9]+)\z/', $source) === 1), 'update source');
    $uses = array_fill_keys($wanted['passRule']['interfaces'] ?? [], 'pass rule') + $uses;
    $problems = [];
    foreach ($uses as $name => $use) {
        if (!isset($interfaces[$name])) {
            $problems[] = "Interface \"$name\" of the $use does not exist here: use one of " . implode(', ', array_keys($interfaces)) . '.';
        } elseif (!isset($interfaces[$name]['enable'])) {
            $problems[] = "Interface \"$name\" of the $use is disabled here: enable it in Interfaces > " . strtoupper((string) $name) . ', or use another one.';
        }
    }
    return [...$problems, ...vip_problems($config, $used)];
}

/**
 * The generator compares `_vip<id>|<address>` as a whole with the virtual addresses there are.
 *
 * @param list<string> $sources
 * @return list<string>
 */
function vip_problems(array $config, array $sources): array
{
    $vips = [];
    foreach (entries($config, 'virtualip/vip') as $vip) {
        $vips['_vip' . text($vip, 'uniqid')] = text($vip, 'subnet');
    }
    $problems = [];
    foreach (array_filter($sources, fn (string $source) => str_starts_with($source, '_vip')) as $source) {
        [$name, $address] = explode('|', $source, 2) + [1 => ''];
        if (($vips[$name] ?? null) !== $address) {
            $known = implode(', ', array_map(fn ($key, $value) => "$key|$value", array_keys($vips), $vips));
            $problems[] = "Virtual address \"$source\" of the update source does not exist here: "
                . ($known === '' ? 'this firewall has none.' : "use one of $known.");
        }
    }
    return $problems;
}

/** Behind a CARP address stands the one firewall or the other; SSH_CONNECTION ends with our own address and port. */
function carp_address_problems(array $config, array $wanted, string $connection): array
{
    $address = words($connection)[2] ?? '';
    foreach (entries($config, 'virtualip/vip') as $vip) {
        if (!$wanted['allowCarp'] && text($vip, 'mode') === 'carp' && $address !== ''
            && address_key(text($vip, 'subnet')) === address_key($address)) {
            return ["$address is a CARP address, behind which stands the one firewall or the other:"
                . ' give each firewall its own address, or set allowCarp: true.'];
        }
    }
    return [];
}
