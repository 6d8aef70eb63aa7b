<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\alias_name;
use function MetallbPfsense\apply_problems;
use function MetallbPfsense\carp_address_problems;
use function MetallbPfsense\library_problems;
use function MetallbPfsense\with;

use const MetallbPfsense\NEIGHBOURS;
use const MetallbPfsense\PREFIX_LISTS;
use const MetallbPfsense\RECORDS;

final class RefusalsTest extends TestCase
{
    public function testNothingAgainstAnOrdinaryFirewall(): void
    {
        self::assertSame([], apply_problems(Samples::config(), Samples::request()));
        self::assertSame([], apply_problems(Samples::emptyConfig(), Samples::request()));
    }

    /** @dataProvider forbidden */
    public function testRefuses(array $config, array $wanted, array $problems): void
    {
        self::assertSame($problems, apply_problems($config, Samples::request($wanted)));
    }

    public static function forbidden(): array
    {
        $raw = fn (string $key) => Samples::config(['frrglobalraw' => ['config' => [[$key => 'ISBjb21tZW50']]]]);
        $rawSentence = fn (string $key) => "FRR runs on raw configuration (\"$key\"), which hides every neighbour of the forms:"
            . ' clear it on the page Services > FRR Global/Zebra > Raw Config and enter its content in the forms.';
        $hand = Samples::foreignNeighbour(['peer' => '192.168.33.21']);
        $stack = Samples::foreignNeighbour(['peer' => '192.168.33.21', 'descr' => 'test/wn1']);
        $config = Samples::config();
        $alias = ['name' => alias_name('dev'), 'type' => 'host', 'descr' => 'mine'];
        $list = ['name' => 'dev-in-v4'] + Samples::foreignList();
        return [
            'raw configuration' => [$raw('frr'), [], [$rawSentence('frr')]],
            'raw BGP' => [$raw('bgpd'), [], [$rawSentence('bgpd')]],
            'raw BFD and no BFD wanted' => [$raw('bfdd'), [], []],
            'raw BFD' => [$raw('bfdd'), ['neighbours' => [Samples::neighbour(['bfd' => true])]], [$rawSentence('bfdd')]],
            'another AS number' => [
                Samples::config(['frrbgp' => ['config' => [['enable' => 'on', 'asnum' => '65001']]]]), [],
                ['BGP on this firewall is AS "65001" and the stack says 64501: write the AS number of the firewall into the stack config.'],
            ],
            'no AS number' => [
                Samples::config(['frrbgp' => ['config' => [['enable' => 'on']]]]), [],
                ['BGP on this firewall is AS "" and the stack says 64501: write the AS number of the firewall into the stack config.'],
            ],
            'FRR switched off' => [
                Samples::config(['frr' => ['config' => [['enable' => '', 'password' => 'x']]]]), [],
                ['FRR is configured but switched off: tick Enable on the page Services > FRR Global Settings.'],
            ],
            'BGP switched off' => [
                Samples::config(['frrbgp' => ['config' => [['asnum' => '64501']]]]), [],
                ['FRR is configured but switched off: tick Enable on the page Services > FRR BGP.'],
            ],
            'neighbours without BGP' => [
                Samples::config(['frrbgp' => '']), [],
                ['Neighbours are configured although BGP is not, and these would come up with ours:'
                    . ' fill in the page Services > FRR BGP first, or delete them.'],
            ],
            'BGP without FRR' => [
                Samples::config(['frr' => '']), [],
                ['FRR has no global settings although parts of it are switched on, and these would start with ours:'
                    . ' fill in the page Services > FRR Global Settings first.'],
            ],
            'a neighbour made by hand' => [
                with($config, NEIGHBOURS, [$hand]), [],
                ['Neighbour 192.168.33.21 exists and is not of this stack: delete it, or set adopt: true to take it over.'],
            ],
            'adopted' => [with($config, NEIGHBOURS, [$hand]), ['adopt' => true], []],
            'made by hand twice' => [
                with($config, NEIGHBOURS, [$hand, $hand]), ['adopt' => true],
                ['Neighbour 192.168.33.21 stands there 2 times: delete all but one.'],
            ],
            'of another stack, adopt or not' => [
                with(with($config, NEIGHBOURS, [$stack]), RECORDS, [['owner' => 'test', 'created' => '{}']]), ['adopt' => true],
                ['Neighbour 192.168.33.21 belongs to the stack test: remove the node from one of the two.'],
            ],
            'a list of our name' => [
                with($config, PREFIX_LISTS, [$list]), [],
                ['Prefix list "dev-in-v4" exists and is not of this stack: rename or delete it.'],
            ],
            'an alias of our name' => [
                with($config, 'aliases/alias', [$alias]), ['passRule' => ['interfaces' => ['lan']]],
                ['Alias "' . alias_name('dev') . '" exists and is not of this stack: rename or delete it.'],
            ],
            'an unknown interface' => [
                $config, ['passRule' => ['interfaces' => ['opt7']], 'neighbours' => [Samples::neighbour(['updateSource' => 'opt8'])]],
                [
                    'Interface "opt7" of the pass rule does not exist here: use one of wan, lan, opt1.',
                    'Interface "opt8" of the update source does not exist here: use one of wan, lan, opt1.',
                ],
            ],
        ];
    }

    public function testTellsEverythingAtOnce(): void
    {
        $config = Samples::config(['frrbgp' => ['config' => [['enable' => 'on', 'asnum' => '1']]], 'frrglobalraw' => ['config' => [['frr' => 'eA==']]]]);
        $config = with($config, NEIGHBOURS, [Samples::foreignNeighbour(['peer' => '192.168.33.21'])]);
        self::assertCount(3, apply_problems($config, Samples::request()));
    }

    public function testSshByACarpAddressNeedsPermission(): void
    {
        $config = with(Samples::config(), 'virtualip/vip', [['mode' => 'carp', 'subnet' => '192.168.33.1'], ['mode' => 'ipalias', 'subnet' => '192.168.33.3']]);
        $asked = fn (string $address, bool $allowed) => carp_address_problems(
            $config,
            ['allowCarp' => $allowed] + Samples::wanted(),
            "192.168.99.9 50000 $address 22"
        );
        $sentence = '192.168.33.1 is a CARP address, behind which stands the one firewall or the other:'
            . ' give each firewall its own address, or set allowCarp: true.';
        self::assertSame([$sentence], $asked('192.168.33.1', false));
        self::assertSame([], $asked('192.168.33.1', true));
        self::assertSame([], $asked('192.168.33.2', false));
        self::assertSame([], $asked('192.168.33.3', false));
        self::assertSame([], carp_address_problems($config, Samples::wanted(), ''));
    }

    public function testOldReleasesAreRefusedByName(): void
    {
        $old = 'This pfSense is older than 2.7: update it.';
        self::assertSame([$old, 'The FRR package 0.6.5_2 is older than 1.0: update it in System > Package Manager.'], library_problems('0.6.5_2'));
        self::assertSame([$old], library_problems('1.0'));
        self::assertSame([$old], library_problems('2.1.2_1'));
        self::assertSame([$old], library_problems(''));
    }
}
