<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

/** Requests and configs to start from. */
final class Samples
{
    public static function neighbour(array $other = []): array
    {
        return $other + [
            'address' => '192.168.33.21',
            'description' => 'wn1',
            'asn' => 64500,
            'family' => 'ipv4',
            'bfd' => false,
            'updateSource' => 'default',
            'prefixListIn' => 'dev-in-v4',
            'prefixListOut' => 'dev-out-v4',
            'maximumPrefix' => 50,
            'passwordType' => 'none',
        ];
    }

    public static function neighbour6(array $other = []): array
    {
        return self::neighbour($other + [
            'address' => 'fd00:33::21',
            'family' => 'ipv6',
            'prefixListIn' => 'dev-in-v6',
            'prefixListOut' => 'dev-out-v6',
        ]);
    }

    public static function lists(): array
    {
        return [
            [
                'name' => 'dev-in-v4',
                'description' => 'pools of dev',
                'family' => 'ipv4',
                'rules' => [['seq' => 10, 'action' => 'permit', 'prefix' => '192.168.32.0/24', 'ge' => 32]],
            ],
            [
                'name' => 'dev-out-v4',
                'description' => 'nothing towards dev',
                'family' => 'ipv4',
                'rules' => [['seq' => 10, 'action' => 'deny', 'any' => true]],
            ],
        ];
    }

    public static function lists6(): array
    {
        return [
            [
                'name' => 'dev-in-v6',
                'description' => 'pools of dev',
                'family' => 'ipv6',
                'rules' => [['seq' => 10, 'action' => 'permit', 'prefix' => 'fd00:32::/64', 'ge' => 128]],
            ],
            [
                'name' => 'dev-out-v6',
                'description' => 'nothing towards dev',
                'family' => 'ipv6',
                'rules' => [['seq' => 10, 'action' => 'deny', 'any' => true]],
            ],
        ];
    }

    public static function wanted(array $other = []): array
    {
        return $other + [
            'version' => 1,
            'owner' => 'dev',
            'bgp' => ['asn' => 64501, 'routerId' => '192.168.33.2'],
            'neighbours' => [self::neighbour()],
            'prefixLists' => self::lists(),
            'adopt' => false,
            'allowCarp' => false,
        ];
    }

    public static function request(array $wanted = [], array $other = []): array
    {
        return $other + [
            'version' => 1,
            'action' => 'apply',
            'reason' => 'pulumi metallb-pfsense/dev: neighbours of dev',
            'wanted' => self::wanted($wanted),
            'deadline' => 120,
        ];
    }

    /** A firewall with FRR in use by others. */
    public static function config(array $installed = []): array
    {
        return [
            'installedpackages' => $installed + [
                'frr' => ['config' => [['enable' => 'on', 'routerid' => '10.9.9.9', 'password' => 'vty', 'carpstatusvid' => 'none']]],
                'frrbgp' => ['config' => [['enable' => 'on', 'asnum' => '64501', 'routerid' => '10.9.9.9']]],
                'frrglobalprefixes' => ['config' => [self::foreignList()]],
                'frrbgpneighbors' => ['config' => [self::foreignNeighbour()]],
            ],
            'aliases' => ['alias' => [['name' => 'servers', 'type' => 'host', 'address' => '10.1.1.1', 'descr' => 'servers']]],
            'filter' => ['rule' => [
                ['type' => 'pass', 'interface' => 'lan', 'tracker' => '100', 'descr' => 'allow lan'],
                ['type' => 'block', 'interface' => 'opt1', 'tracker' => '101', 'descr' => 'block opt1'],
            ]],
            'nat' => '',
            'interfaces' => array_map(fn (string $device) => ['enable' => '', 'if' => $device], ['wan' => 'em0', 'lan' => 'em1', 'opt1' => 'em2']),
            'virtualip' => '',
            'revision' => ['time' => '1700000000'],
        ];
    }

    /** A firewall on which nobody has used FRR. */
    public static function emptyConfig(): array
    {
        return ['installedpackages' => ['package' => [['name' => 'frr']]], 'aliases' => ''] + self::config();
    }

    public static function foreignNeighbour(array $other = []): array
    {
        return $other + ['peer' => '192.168.34.50', 'descr' => 'upstream', 'asnum' => '64999', 'prefixfilter_in' => 'transit'];
    }

    public static function foreignList(): array
    {
        return ['iptype' => 'IPv4', 'name' => 'transit', 'descr' => 'from upstream', 'row' => [['seq' => '5', 'action' => 'permit', 'source' => '0.0.0.0/0']]];
    }
}
