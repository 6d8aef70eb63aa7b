<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use PHPUnit\Framework\TestCase;

use function MetallbPfsense\applied;
use function MetallbPfsense\our_lines;
use function MetallbPfsense\our_names;
use function MetallbPfsense\wanted_lines;

use const MetallbPfsense\BUSY;

final class FrrTest extends TestCase
{
    /** As pfSense's package writes it. */
    private const FILE = <<<'TEXT'
        router bgp 64501
         bgp router-id 192.168.33.2
         neighbor 192.168.33.21 remote-as 64500
         neighbor 192.168.33.21 description dev/wn1
         neighbor 192.168.33.21 timers 3 9
         neighbor 192.168.33.21 ebgp-multihop 255
         neighbor FD00:33::21 remote-as 64500
         neighbor fd00:33:0::21 ebgp-multihop 1
         neighbor 192.168.33.210 remote-as 64999
         !
         address-family ipv4 unicast
          neighbor 192.168.33.21 activate
          no neighbor 192.168.33.21 send-community
         neighbor 192.168.33.21 maximum-prefix 50
          neighbor 192.168.33.21 prefix-list dev-in-v4 in
          neighbor 192.168.34.50 prefix-list dev-in-v4 in
         exit-address-family
        ip prefix-list dev-in-v4 seq 10 permit 192.168.32.0/24 ge 32
        ip prefix-list dev-in-v4 description dev/pools
        ipv6 prefix-list dev-in-v6 seq 10 permit FD00:32:0::/64 ge 128
        ip prefix-list dev-in-v44 seq 10 permit any
        TEXT;

    private const NAMES = ['192.168.33.21' => true, 'fd00:33::21' => true, 'dev-in-v4' => true, 'dev-in-v6' => true];

    public function testFindsOurLinesInOneSpelling(): void
    {
        self::assertSame([
            'neighbor 192.168.33.21 remote-as 64500',
            'neighbor 192.168.33.21 timers 3 9',
            'neighbor 192.168.33.21 ebgp-multihop',
            'neighbor fd00:33::21 remote-as 64500',
            'neighbor 192.168.33.21 maximum-prefix 50',
            'neighbor 192.168.33.21 prefix-list dev-in-v4 in',
            'ip prefix-list dev-in-v4 seq 10 permit 192.168.32.0/24 ge 32',
            'ipv6 prefix-list dev-in-v6 seq 10 permit fd00:32::/64 ge 128',
        ], array_keys(our_lines(self::FILE, self::NAMES)));
    }

    public function testAChangedFilterOrPasswordIsADifferentLine(): void
    {
        foreach (['ge 32' => 'ge 31', 'remote-as 64500' => 'remote-as 64501', 'prefix-list dev-in-v4 in' => 'prefix-list x in'] as $from => $to) {
            $other = our_lines(str_replace($from, $to, self::FILE), self::NAMES);
            self::assertNotEquals(our_lines(self::FILE, self::NAMES), $other, $from);
        }
    }

    public function testNamesAreThoseOfTheOwnerOnly(): void
    {
        $config = applied(Samples::config(), Samples::request());
        self::assertSame(['192.168.33.21' => true, 'dev-in-v4' => true, 'dev-out-v4' => true], our_names('dev', $config));
        self::assertSame([], our_names('de', $config));
        self::assertSame([], our_names('dev', Samples::config()));
    }

    public function testOnlyAReloadOrStartScriptCountsAsBusy(): void
    {
        $lines = [
            '/bin/sh /usr/local/sbin/frr-reload' => 1,
            '/usr/local/bin/python3.11 /usr/local/sbin/frr-reload.py --reload /var/etc/frr/frr.conf' => 1,
            '/bin/sh /usr/local/etc/rc.d/frr.sh restart' => 1,
            'sh /usr/local/etc/rc.d/frr start' => 1,
            '/usr/local/sbin/watchfrr -d -r /usr/local/etc/rc.d/frr restart %s -s /usr/local/etc/rc.d/frr start %s zebra' => 0,
            '/usr/local/sbin/bgpd -d' => 0,
            'vi /usr/local/etc/rc.d/frr' => 0,
        ];
        foreach ($lines as $line => $busy) {
            self::assertSame($busy, preg_match('~' . BUSY . '~', $line), $line);
        }
    }

    public function testOnlyWhatIsShutWithAMessageIsOurs(): void
    {
        $lines = <<<'TEXT'
             neighbor 192.168.33.21 shutdown message "maintenance of wn1"
             neighbor fd00:33::21 shutdown
            TEXT;
        self::assertSame(['neighbor 192.168.33.21 shutdown message'], array_keys(our_lines($lines, self::NAMES)));
        $shut = Samples::request(['neighbours' => [Samples::neighbour(['shutdown' => 'maintenance of wn1'])]]);
        self::assertContains('neighbor 192.168.33.21 shutdown message', array_keys(wanted_lines(applied(Samples::config(), $shut), 'dev')));
    }

    public function testWantedLines(): void
    {
        $config = applied(Samples::config(), Samples::request([
            'neighbours' => [Samples::neighbour6(['address' => 'FD00:33::0:21'])],
            'prefixLists' => Samples::lists6(),
        ]));
        self::assertSame([
            'neighbor fd00:33::21 remote-as 64500',
            'neighbor fd00:33::21 prefix-list dev-in-v6 in',
            'neighbor fd00:33::21 prefix-list dev-out-v6 out',
        ], array_keys(wanted_lines($config, 'dev')));
    }
}
