<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\alias_name;
use function MetallbPfsense\applied;
use function MetallbPfsense\at;
use function MetallbPfsense\entries;
use function MetallbPfsense\removed;
use function MetallbPfsense\rule_entries;
use function MetallbPfsense\with;

use const MetallbPfsense\ALIASES;
use const MetallbPfsense\RULES;

final class RulesTest extends TestCase
{
    private static function request(array $neighbours = []): array
    {
        $neighbours = $neighbours === [] ? [Samples::neighbour()] : $neighbours;
        return Samples::request([
            'passRule' => ['interfaces' => ['opt1']],
            'neighbours' => $neighbours,
            'prefixLists' => [...Samples::lists(), ...Samples::lists6()],
        ]);
    }

    public function testTheRuleStandsBeforeTheFirstThatBlocksOnItsInterface(): void
    {
        $before = Samples::config();
        $after = applied($before, self::request());
        self::assertSame(['allow lan', 'dev/BGP from the nodes', 'block opt1'], array_column(entries($after, RULES), 'descr'));
        $rule = entries($after, RULES)[1];
        self::assertSame(1, preg_match('/^\d{10}\z/', $rule['tracker']));
        self::assertSame(['time' => $rule['created']['time'], 'username' => 'metallb-pfsense'], $rule['created']);
        unset($rule['tracker'], $rule['created']);
        self::assertSame([
            'id' => '',
            'type' => 'pass',
            'interface' => 'opt1',
            'ipprotocol' => 'inet',
            'statetype' => 'keep state',
            'protocol' => 'tcp',
            'source' => ['address' => alias_name('dev')],
            'destination' => ['network' => '(self)', 'port' => '179'],
            'descr' => 'dev/BGP from the nodes',
        ], $rule);
        self::assertSame([
            entries($before, ALIASES)[0],
            ['name' => alias_name('dev'), 'type' => 'host', 'address' => '192.168.33.21', 'descr' => 'dev/nodes of the cluster', 'detail' => 'wn1'],
        ], entries($after, ALIASES));
    }

    public function testANodeMoreChangesTheAliasOnly(): void
    {
        $one = applied(Samples::config(), self::request());
        $two = applied($one, self::request([Samples::neighbour(), Samples::neighbour(['address' => '192.168.33.22', 'description' => 'wn2'])]));
        self::assertSame(at($one, RULES), at($two, RULES));
        $alias = entries($two, ALIASES)[1];
        self::assertSame(['192.168.33.21 192.168.33.22', 'wn1||wn2'], [$alias['address'], $alias['detail']]);
    }

    public function testRulesFollowFamiliesAndBfd(): void
    {
        $wanted = self::request([
            Samples::neighbour(['bfd' => true]),
            Samples::neighbour6(['bfd' => true, 'ebgpMultihop' => 2]),
        ])['wanted'];
        $told = array_map(
            fn (array $rule) => [$rule['ipprotocol'], $rule['protocol'], $rule['destination']['port']],
            rule_entries($wanted)
        );
        self::assertSame([['inet46', 'tcp', '179'], ['inet46', 'udp', '3784'], ['inet46', 'udp', '4784']], $told);
        $only6 = rule_entries(self::request([Samples::neighbour6(['bfd' => true, 'ebgpMultihop' => 2])])['wanted']);
        self::assertSame([['inet6', '179'], ['inet6', '4784']], array_map(fn ($rule) => [$rule['ipprotocol'], $rule['destination']['port']], $only6));
    }

    public function testAChangedRuleIsSetRightAndKeepsItsTrackerAndPlace(): void
    {
        $config = applied(Samples::config(), self::request());
        $rule = entries($config, RULES)[1];
        $touched = with($config, RULES . '/1', ['destination' => ['any' => ''], 'disabled' => ''] + $rule);
        $mended = applied($touched, self::request());
        self::assertEquals($rule, entries($mended, RULES)[1]);
        self::assertSame($rule['tracker'], entries($mended, RULES)[1]['tracker']);
    }

    public function testRulesThatGoAreTakenAwayWithTheirAlias(): void
    {
        $config = applied(Samples::config(), self::request());
        $without = self::request();
        unset($without['wanted']['passRule']);
        self::assertSame(at(Samples::config(), RULES), at(applied($config, $without), RULES));
        self::assertSame(at(Samples::config(), ALIASES), at(applied($config, $without), ALIASES));
    }

    public function testAnAliasThatOthersUseStays(): void
    {
        $config = applied(Samples::config(), self::request());
        $rule = ['type' => 'pass', 'interface' => 'lan', 'source' => ['address' => alias_name('dev')], 'descr' => 'ours too'];
        $config = with($config, RULES, [...entries($config, RULES), $rule]);
        $after = removed($config, self::request());
        self::assertSame(['servers', alias_name('dev')], array_column(entries($after, ALIASES), 'name'));
        self::assertSame(['allow lan', 'block opt1', 'ours too'], array_column(entries($after, RULES), 'descr'));
    }

    public function testTrackersAreUnique(): void
    {
        $taken = ['type' => 'pass', 'interface' => 'lan', 'descr' => 'x'];
        $config = with(Samples::config(), RULES, [
            $taken + ['tracker' => (string) time()], $taken + ['tracker' => (string) (time() + 1)],
        ]);
        $after = applied($config, self::request([Samples::neighbour(['bfd' => true])]));
        $trackers = array_column(entries($after, RULES), 'tracker');
        self::assertCount(4, array_unique($trackers));
    }

    public function testAliasNamesAreValidAndDifferent(): void
    {
        foreach (['dev', 'a-b', 'a.b', str_repeat('x', 40), 'metallb-pfsense:dev@site'] as $owner) {
            $names[] = alias_name($owner);
            self::assertSame(1, preg_match('/^[a-z][A-Za-z0-9_]{1,30}\z/', alias_name($owner)), alias_name($owner));
        }
        self::assertCount(5, array_unique($names));
    }
}
