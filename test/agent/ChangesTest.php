<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\at;
use function MetallbPfsense\change_sentences;
use function MetallbPfsense\changed_paths;
use function MetallbPfsense\entries;
use function MetallbPfsense\removed;
use function MetallbPfsense\with;

use const MetallbPfsense\NEIGHBOURS;
use const MetallbPfsense\PREFIX_LISTS;
use const MetallbPfsense\RECORDS;

final class ChangesTest extends TestCase
{
    private const NODE = [
        'peer' => '192.168.33.21',
        'descr' => 'dev/wn1',
        'peergroup' => 'none',
        'password' => '',
        'password_type' => 'none',
        'asnum' => '64500',
        'updatesource_type' => 'ipv4',
        'updatesource' => 'default',
        'defaultoriginate' => 'no',
        'sendcommunity' => 'disabled',
        'nexthopself' => 'disabled',
        'timers_keepalive' => '',
        'timers_holdtime' => '',
        'distribute_in' => 'none',
        'distribute_out' => 'none',
        'prefixfilter_in' => 'dev-in-v4',
        'prefixfilter_out' => 'dev-out-v4',
        'aspathfilter_in' => 'none',
        'aspathfilter_out' => 'none',
        'routemap_in' => 'none',
        'routemap_out' => 'none',
        'unsuppressmap' => 'none',
        'bfdenable' => '',
        'grmode' => 'default',
        'allowasin' => 'disabled',
        'capability' => '',
        'ebgpmultihop' => '',
        'maximumprefix_num' => '50',
    ];

    private const LISTS = [
        [
            'iptype' => 'IPv4',
            'name' => 'dev-in-v4',
            'descr' => 'dev/pools of dev',
            'row' => [['seq' => '10', 'action' => 'permit', 'source' => '192.168.32.0/24', 'any' => '', 'ge' => '32', 'le' => '']],
        ],
        [
            'iptype' => 'IPv4',
            'name' => 'dev-out-v4',
            'descr' => 'dev/nothing towards dev',
            'row' => [['seq' => '10', 'action' => 'deny', 'source' => '', 'any' => 'on', 'ge' => '', 'le' => '']],
        ],
    ];

    public function testAddsAtTheEndAndTouchesNothingElse(): void
    {
        $before = Samples::config();
        $expected = with($before, NEIGHBOURS, [Samples::foreignNeighbour(), self::NODE]);
        $expected = with($expected, PREFIX_LISTS, [Samples::foreignList(), ...self::LISTS]);
        $expected = with($expected, RECORDS, [['owner' => 'dev', 'created' => '{}']]);
        self::assertSame($expected, applied($before, Samples::request()));
    }

    public function testEveryFieldOfANeighbour(): void
    {
        $request = Samples::request([
            'neighbours' => [Samples::neighbour6([
                'timers' => ['keepalive' => 3, 'hold' => 9], 'bfd' => true, 'ebgpMultihop' => 2,
                'updateSource' => 'opt1', 'passwordType' => 'both-bidir',
            ])],
            'prefixLists' => Samples::lists6(),
        ], ['password' => 's3cret']);
        $after = applied(Samples::config(), $request);
        $expected = array_replace(self::NODE, [
            'peer' => 'fd00:33::21', 'password' => 's3cret', 'password_type' => 'both-bidir', 'updatesource_type' => 'ipv6',
            'updatesource' => 'opt1', 'timers_keepalive' => '3', 'timers_holdtime' => '9', 'prefixfilter_in' => 'dev-in-v6',
            'prefixfilter_out' => 'dev-out-v6', 'bfdenable' => 'on', 'ebgpmultihop' => '2',
        ]);
        self::assertSame($expected, entries($after, NEIGHBOURS)[1]);
        self::assertSame(['IPv6', 'IPv6'], array_column(array_slice(entries($after, PREFIX_LISTS), 1), 'iptype'));
        self::assertSame(['config' => [['enable' => 'on']]], at($after, 'installedpackages/frrbfd'));
    }

    public function testASessionIsShutWithAMessageAndOpenedWithoutATrace(): void
    {
        $open = applied(Samples::config(), Samples::request());
        $shut = applied($open, Samples::request(['neighbours' => [Samples::neighbour(['shutdown' => 'maintenance of wn1'])]]));
        $fields = ['shutdown' => 'on', 'shutdownmessage' => 'maintenance of wn1'];
        self::assertSame(self::NODE + $fields, entries($shut, NEIGHBOURS)[1]);
        self::assertSame(['neighbour 192.168.33.21 changed: shutdown, shutdownmessage'], change_sentences($open, $shut));
        self::assertSame($open, applied($shut, Samples::request()));
    }

    public function testCreatesTheGlobalsOnAFreshFirewall(): void
    {
        $after = applied(Samples::emptyConfig(), Samples::request());
        $frr = at($after, 'installedpackages/frr/config/0');
        self::assertSame(1, preg_match('/^[0-9a-f]{24}\z/', $frr['password']));
        unset($frr['password']);
        self::assertSame(['enable' => 'on', 'routerid' => '192.168.33.2', 'carpstatusvid' => 'none', 'logging' => 'on'], $frr);
        self::assertSame([
            'enable' => 'on', 'adjacencylog' => 'on', 'asnum' => '64501', 'routerid' => '192.168.33.2',
            'redistributeconnected' => 'no', 'redistributestatic' => 'no', 'redistributekernel' => 'no',
            'redistributeospf' => 'no', 'redistributeospf6' => 'no', 'redistributerip' => 'no',
        ], at($after, 'installedpackages/frrbgp/config/0'));
        $created = '{"installedpackages/frrbgp":null,"installedpackages/frr":null,'
            . '"installedpackages/frrbgpneighbors":null,"installedpackages/frrglobalprefixes":null}';
        self::assertSame([['owner' => 'dev', 'created' => $created]], entries($after, RECORDS));
    }

    public function testTheSecondApplyChangesNothing(): void
    {
        $once = applied(Samples::emptyConfig(), Samples::request());
        self::assertSame($once, applied($once, Samples::request()));
    }

    public function testAnUntouchedSaveInTheGuiIsNoChange(): void
    {
        $config = applied(Samples::config(), Samples::request());
        $saved = self::NODE + ['shutdown' => '', 'bothaf' => '', 'weight' => '', 'bfd_peer' => 'none', 'capability_orf' => 'disabled'];
        $config = with($config, NEIGHBOURS . '/1', $saved);
        self::assertSame($config, applied($config, Samples::request()));
    }

    /** @dataProvider touched */
    public function testSetsRightWhatSomebodyChangedInTheGui(string $path, mixed $value): void
    {
        $config = applied(Samples::config(), Samples::request());
        $touched = with($config, $path, $value);
        self::assertNotSame($config, $touched);
        self::assertEquals($config, applied($touched, Samples::request()));
    }

    public static function touched(): array
    {
        return [
            'another AS number' => [NEIGHBOURS . '/1/asnum', '64999'],
            'shut down' => [NEIGHBOURS . '/1/shutdown', 'on'],
            'a weight' => [NEIGHBOURS . '/1/weight', '5'],
            'no filter' => [NEIGHBOURS . '/1/prefixfilter_in', 'none'],
            'a description' => [NEIGHBOURS . '/1/descr', 'dev/'],
            'no family of a list' => [PREFIX_LISTS . '/1/iptype', ''],
            'a wider range' => [PREFIX_LISTS . '/1/row/0/ge', '24'],
            'one row more' => [PREFIX_LISTS . '/2/row/1', ['seq' => '20', 'action' => 'permit', 'source' => '', 'any' => 'on']],
            'no rows' => [PREFIX_LISTS . '/1/row', ''],
        ];
    }

    public function testPutsBackADeletedNeighbour(): void
    {
        $config = applied(Samples::config(), Samples::request());
        $without = with($config, NEIGHBOURS, [Samples::foreignNeighbour()]);
        self::assertSame($config, applied($without, Samples::request()));
    }

    public function testANodeThatLeavesIsRemovedInPlace(): void
    {
        $three = Samples::request(['neighbours' => [
            Samples::neighbour(),
            Samples::neighbour(['address' => '192.168.33.22', 'description' => 'wn2']),
            Samples::neighbour(['address' => '192.168.33.23', 'description' => 'wn3']),
        ]]);
        $two = Samples::request(['neighbours' => [$three['wanted']['neighbours'][0], $three['wanted']['neighbours'][2]]]);
        $config = applied(Samples::config(), $three);
        $after = applied($config, $two);
        self::assertSame(['192.168.34.50', '192.168.33.21', '192.168.33.23'], array_column(entries($after, NEIGHBOURS), 'peer'));
        self::assertSame(['neighbour 192.168.33.22 removed'], change_sentences($config, $after));
    }

    public function testTheOrderOfNodesDoesNotMatter(): void
    {
        $nodes = array_map(fn (int $number) => Samples::neighbour(['address' => "192.168.33.$number", 'description' => "n$number"]), [9, 100, 21]);
        $one = applied(Samples::config(), Samples::request(['neighbours' => $nodes]));
        $two = applied(Samples::config(), Samples::request([
            'neighbours' => array_reverse($nodes), 'prefixLists' => array_reverse(Samples::lists()),
        ]));
        self::assertSame($one, $two);
        $order = ['192.168.34.50', '192.168.33.9', '192.168.33.21', '192.168.33.100'];
        self::assertSame($order, array_column(entries($one, NEIGHBOURS), 'peer'));
    }

    public function testSentencesNameFieldsAndNoValues(): void
    {
        $old = Samples::request(['neighbours' => [Samples::neighbour(['passwordType' => 'frr'])]], ['password' => 'oldsecret']);
        $new = Samples::request(['neighbours' => [Samples::neighbour(['passwordType' => 'frr', 'maximumPrefix' => 9])]], ['password' => 'newsecret']);
        $config = applied(Samples::config(), $old);
        self::assertSame(
            ['neighbour 192.168.33.21 changed: password, maximumprefix_num'],
            change_sentences($config, applied($config, $new))
        );
    }

    public function testSentencesOfAFreshFirewall(): void
    {
        $before = Samples::emptyConfig();
        self::assertSame([
            'neighbour 192.168.33.21 added',
            'prefix list dev-in-v4 added',
            'prefix list dev-out-v4 added',
            'global settings of FRR enabled',
            'BGP settings enabled',
        ], change_sentences($before, applied($before, Samples::request())));
    }

    public function testAdoptTakesAnEntryOverInItsPlace(): void
    {
        $hand = Samples::foreignNeighbour(['peer' => '192.168.33.21', 'descr' => 'node one', 'weight' => '7']);
        $config = with(Samples::config(), NEIGHBOURS, [$hand, Samples::foreignNeighbour()]);
        $after = applied($config, Samples::request(['adopt' => true]));
        self::assertSame([self::NODE, Samples::foreignNeighbour()], entries($after, NEIGHBOURS));
    }

    /** @dataProvider starts */
    public function testRemoveGivesTheStartBack(array $start): void
    {
        $request = Samples::request(['passRule' => ['interfaces' => ['opt1']], 'neighbours' => [Samples::neighbour(['bfd' => true])]]);
        $after = applied($start, $request);
        self::assertNotSame([], changed_paths($start, $after));
        self::assertEquals($start, removed($after, $request));
        self::assertSame([], changed_paths($start, removed($start, $request)));
    }

    public static function starts(): array
    {
        $empty = ['frr' => '', 'frrbgp' => '', 'frrbfd' => '', 'frrbgpneighbors' => '', 'frrglobalprefixes' => ''];
        return [
            'in use by others' => [Samples::config()],
            'fresh' => [Samples::emptyConfig()],
            'empty tags' => [Samples::config($empty)],
            'empty elements' => [Samples::config(array_map(fn () => ['config' => ['']], $empty))],
            'BFD switched off' => [Samples::config(['frrbfd' => ['config' => [['enable' => '']]]])],
            'no rules at all' => [['filter' => ['separator' => ''], 'aliases' => ''] + Samples::config()],
        ];
    }

    public function testAnEmptyElementOfOthersStays(): void
    {
        $start = Samples::config(['frrbgpneighbors' => ['config' => ['', Samples::foreignNeighbour()]]]);
        $after = applied($start, Samples::request());
        self::assertSame(['', Samples::foreignNeighbour(), self::NODE], at($after, NEIGHBOURS));
        self::assertEquals($start, removed($after, Samples::request()));
    }

    public function testRemoveKeepsAListThatOthersUse(): void
    {
        $config = applied(Samples::config(), Samples::request());
        $user = Samples::foreignNeighbour(['peer' => '10.5.5.5', 'prefixfilter_in' => 'dev-in-v4']);
        $config = with($config, NEIGHBOURS, [...entries($config, NEIGHBOURS), $user]);
        $after = removed($config, Samples::request());
        self::assertSame([Samples::foreignNeighbour(), $user], entries($after, NEIGHBOURS));
        self::assertSame(['transit', 'dev-in-v4'], array_column(entries($after, PREFIX_LISTS), 'name'));
    }

    public function testRemoveKeepsAListThatARouteMapUses(): void
    {
        $config = applied(Samples::config(), Samples::request());
        $config = with($config, 'installedpackages/frrglobalroutemaps/config', [['name' => 'm', 'prefix_match' => 'dev-out-v4']]);
        $after = removed($config, Samples::request());
        self::assertSame(['transit', 'dev-out-v4'], array_column(entries($after, PREFIX_LISTS), 'name'));
    }

    /** @dataProvider laterUses */
    public function testRemoveKeepsGlobalsThatOthersUseByNow(string $path, mixed $value): void
    {
        $request = Samples::request();
        $config = with(applied(Samples::emptyConfig(), $request), $path, $value);
        $after = removed($config, $request);
        self::assertSame(at($config, 'installedpackages/frr'), at($after, 'installedpackages/frr'));
        self::assertNull(at($after, 'installedpackages/metallbpfsense'));
    }

    public static function laterUses(): array
    {
        return [
            'a neighbour made by hand' => [NEIGHBOURS . '/1', Samples::foreignNeighbour()],
            'OSPF' => ['installedpackages/frrospfd/config', [['enable' => 'on']]],
            'a setting changed by hand' => ['installedpackages/frr/config/0/nht', 'both'],
            'a static route' => ['installedpackages/frr/config/0/row', [['routevalue' => '10.0.0.0/8']]],
            'BGP changed by hand' => ['installedpackages/frrbgp/config/0/timers_keepalive', '10'],
        ];
    }

    public function testTwoStacksLeaveOneAfterTheOther(): void
    {
        $start = Samples::emptyConfig();
        $dev = Samples::request();
        $lists = array_map(fn (array $list) => ['name' => "x{$list['name']}"] + $list, Samples::lists());
        $node = Samples::neighbour(['address' => '192.168.33.99', 'prefixListIn' => 'xdev-in-v4', 'prefixListOut' => 'xdev-out-v4']);
        $test = Samples::request(['owner' => 'dev2', 'neighbours' => [$node], 'prefixLists' => $lists]);
        $both = applied(applied($start, $dev), $test);
        self::assertSame(['dev/wn1', 'dev2/wn1'], array_column(entries($both, NEIGHBOURS), 'descr'));
        self::assertSame($both, applied($both, $dev));
        self::assertSame($both, applied($both, $test));
        $left = removed($both, $dev);
        self::assertSame(['dev2/wn1'], array_column(entries($left, NEIGHBOURS), 'descr'));
        self::assertSame($left, applied($left, $test));
        self::assertEquals($start, removed($left, $test));
        self::assertEquals($start, removed(removed($both, $test), $dev));
    }
}
