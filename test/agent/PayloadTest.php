<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use MetallbPfsense\Stop;
use PHPUnit\Framework\TestCase;

use function MetallbPfsense\read_request;
use function MetallbPfsense\request_problems;

final class PayloadTest extends TestCase
{
    private static function encoded(array $request): string
    {
        return base64_encode((string) json_encode($request));
    }

    private static function with(string $path, mixed $value, array $request = []): array
    {
        $request = $request === [] ? Samples::request() : $request;
        $place = &$request;
        foreach (explode('.', $path) as $key) {
            $place = &$place[$key];
        }
        $place = $value;
        return $request;
    }

    public function testReadsARequest(): void
    {
        self::assertSame(Samples::request(), read_request(self::encoded(Samples::request()), ['Standard input code']));
    }

    public function testActionOnTheCommandLineWins(): void
    {
        $request = read_request(self::encoded(Samples::request()), ['Standard input code', 'remove']);
        self::assertSame(array_replace(Samples::request(), ['action' => 'remove']), $request);
    }

    public function testTheNameOfTheRunStandsOnTheCommandLineOnly(): void
    {
        $called = fn (array $request, string ...$words) => read_request(self::encoded($request), ['Standard input code', 'apply', ...$words])['run'] ?? null;
        self::assertSame('0123456789ab', $called(Samples::request(), '0123456789ab'));
        self::assertNull($called(Samples::request(), 'again'));
        self::assertNull($called(['run' => '0123456789ab'] + Samples::request()));
    }

    public function testDualStackWithEveryField(): void
    {
        $request = Samples::request([
            'neighbours' => [
                Samples::neighbour(['timers' => ['keepalive' => 3, 'hold' => 9], 'bfd' => true, 'passwordType' => 'both-bidir']),
                Samples::neighbour6(['shutdown' => 'maintenance of wn1', 'ebgpMultihop' => 5, 'updateSource' => '_vip5f0c1a2b3c4d5|10.0.0.1', 'passwordType' => 'frr']),
            ],
            'prefixLists' => [...Samples::lists(), ...Samples::lists6()],
            'passRule' => ['interfaces' => ['opt1']],
        ], ['password' => 'Pa$$w0rd|!#\'<>&', 'prefixes' => 2]);
        self::assertSame([], request_problems($request));
    }

    /** @dataProvider unreadable */
    public function testRefusesWhatIsNoRequest(string $payload, string $sentence): void
    {
        try {
            read_request($payload, []);
            self::fail('was read');
        } catch (Stop $stop) {
            self::assertSame([$sentence, 2], [$stop->getMessage(), $stop->getCode()]);
        }
    }

    public static function unreadable(): array
    {
        $version = 'this agent knows payload version 1 only; agent and program must be of one release';
        return [
            'no base64' => ['{"version":1}', 'the payload is not base64 of a JSON object'],
            'no JSON' => [base64_encode('{"version":'), 'the payload is not base64 of a JSON object'],
            'a number' => [base64_encode('1'), 'the payload is not base64 of a JSON object'],
            'version 2' => [self::encoded(['version' => 2]), $version],
            'version as text' => [self::encoded(['version' => '1']), $version],
            'no version' => [self::encoded([]), $version],
            'unknown action' => [
                self::encoded(Samples::request([], ['action' => 'rm -rf'])),
                'the payload is refused: action: must be one of apply, remove, observe, check.',
            ],
        ];
    }

    /** @dataProvider wrong */
    public function testRefusesOneWrongValue(array $request, string $problem): void
    {
        self::assertSame([$problem], request_problems($request));
    }

    public static function wrong(): array
    {
        $list = 'wanted.prefixLists.0';
        $node = 'wanted.neighbours.0';
        return [
            [self::with('extra', 1), 'payload: the agent does not know the field "extra".'],
            [self::with('wanted.extra', 1), 'wanted: the agent does not know the field "extra".'],
            [self::with("$node.weight", 1), 'wanted.neighbours[0]: the agent does not know the field "weight".'],
            [self::with('reason', "a\nb"), 'reason: "a?b" has a wrong form or length.'],
            [self::with('deadline', 5), 'deadline: must be a whole number from 10 to 3600.'],
            [self::with('prefixes', '1'), 'prefixes: must be a whole number from 0 to 1000000.'],
            [self::with('wanted', null), 'wanted: missing.'],
            [self::with('wanted.version', 2), 'wanted.version: must be a whole number from 1 to 1.'],
            [self::with('wanted.owner', 'a/b'), 'wanted.owner: "a/b" has a wrong form or length.'],
            [self::with('wanted.bgp.asn', 0), 'wanted.bgp.asn: must be a whole number from 1 to 4294967295.'],
            [self::with('wanted.bgp.asn', '64501'), 'wanted.bgp.asn: must be a whole number from 1 to 4294967295.'],
            [self::with('wanted.bgp.routerId', '::1'), 'wanted.bgp.routerId: "::1" is not an address of the right family.'],
            [self::with('wanted.adopt', 'yes'), 'wanted.adopt: must be true or false.'],
            [self::with('wanted.passRule', ['interfaces' => ['LAN net']]), 'wanted.passRule.interfaces[0]: "LAN net" has a wrong form or length.'],
            [self::with('wanted.neighbours', ['a' => 1]), 'wanted.neighbours: must be a list.'],
            [self::with($node, 'x'), 'wanted.neighbours[0]: must be an object.'],
            [self::with("$node.address", '192.168.33.021'), 'wanted.neighbours[0].address: "192.168.33.021" is not an address of the right family.'],
            [self::with("$node.address", 'fd00::1'), 'wanted.neighbours[0].address: "fd00::1" is not an address of the right family.'],
            [self::with("$node.asn", 4294967296), 'wanted.neighbours[0].asn: must be a whole number from 1 to 4294967295.'],
            [self::with("$node.maximumPrefix", 0), 'wanted.neighbours[0].maximumPrefix: must be a whole number from 1 to 4294967295.'],
            [self::with("$node.ebgpMultihop", 256), 'wanted.neighbours[0].ebgpMultihop: must be a whole number from 1 to 255.'],
            [self::with("$node.updateSource", 'em0; reboot'), 'wanted.neighbours[0].updateSource: "em0; reboot" has a wrong form or length.'],
            [self::with("$node.shutdown", 'a"b'), 'wanted.neighbours[0].shutdown: "a"b" has a wrong form or length.'],
            [self::with("$node.passwordType", 'frr'), 'wanted.neighbours[0].passwordType: needs a password and none is given.'],
            [self::with('password', 'x'), 'wanted.neighbours[0].passwordType: is "none" although a password is given.'],
            [self::with("$node.timers", ['keepalive' => 10, 'hold' => 9]), 'wanted.neighbours[0].timers.keepalive: must be a whole number from 1 to 9.'],
            [self::with("$node.timers", ['keepalive' => 1, 'hold' => 2]), 'wanted.neighbours[0].timers.hold: must be a whole number from 3 to 65535.'],
            [self::with("$node.prefixListIn", 'other'), "wanted.neighbours[0].prefixListIn: must name an entry of wanted.prefixLists of the neighbour's family."],
            [self::with("$node.description", str_repeat('a', 77)), 'wanted.neighbours[0].description: longer than 80 characters together with the owner.'],
            [self::with("$list.description", 'a"b'), 'wanted.prefixLists[0].description: "a"b" has a wrong form or length.'],
            [self::with("wanted.prefixLists.2", ['name' => 'ACCEPTFILTER'] + Samples::lists()[0]), 'wanted.prefixLists[2].name: "ACCEPTFILTER" has a wrong form or length.'],
            [self::with("$list.rules", []), 'wanted.prefixLists[0].rules: must be a list of at least one rule.'],
            [self::with("$list.rules.0.prefix", '192.168.32.1/24'), 'wanted.prefixLists[0].rules[0].prefix: must be a network in CIDR form, host bits zero.'],
            [self::with("$list.rules.0.prefix", 'fd00::/64'), 'wanted.prefixLists[0].rules[0].prefix: must be a network in CIDR form, host bits zero.'],
            [self::with("$list.rules.0.ge", 33), 'wanted.prefixLists[0].rules[0].ge: must be a whole number from 24 to 32.'],
            [self::with("$list.rules.0.ge", 23), 'wanted.prefixLists[0].rules[0].ge: must be a whole number from 24 to 32.'],
            [self::with("$list.rules.0.le", 31), 'wanted.prefixLists[0].rules[0].le: must be a whole number from 32 to 32.'],
            [self::with("$list.rules.0.action", 'Permit'), 'wanted.prefixLists[0].rules[0].action: must be one of permit, deny.'],
            [self::with("$list.rules.0.any", true), 'wanted.prefixLists[0].rules[0]: any stands alone, without prefix, ge and le.'],
            [self::with("$list.rules.1", ['seq' => 10, 'action' => 'deny', 'any' => true]), 'wanted.prefixLists[0].rules[1].seq: must be greater than the one before.'],
        ];
    }

    public function testCheckAndRemoveNeedNoPassword(): void
    {
        $wanted = ['neighbours' => [Samples::neighbour(['passwordType' => 'both-bidir'])]];
        self::assertSame([], request_problems(Samples::request($wanted, ['action' => 'check', 'deadline' => 1])));
        self::assertSame([], request_problems(Samples::request($wanted, ['action' => 'remove'])));
        self::assertSame([], request_problems(Samples::request([], ['action' => 'remove', 'password' => 'x'])));
    }

    public function testTellsEveryProblemAtOnce(): void
    {
        $request = self::with('wanted.neighbours.0.asn', -1, self::with('wanted.prefixLists.1.rules', 'all'));
        self::assertSame([
            'wanted.prefixLists[1].rules: must be a list of at least one rule.',
            'wanted.neighbours[0].asn: must be a whole number from 1 to 4294967295.',
        ], request_problems($request));
    }

    public function testRefusesOneAddressInTwoSpellings(): void
    {
        $request = Samples::request([
            'neighbours' => [Samples::neighbour6(['address' => 'fd00::1']), Samples::neighbour6(['address' => 'FD00:0::1'])],
            'prefixLists' => Samples::lists6(),
        ]);
        self::assertSame(['wanted.neighbours[1].address: stands twice in the list.'], request_problems($request));
    }

    /** Every text field, every hostile text: none may pass, and none may stand in the answer as it was. */
    public function testNoHostileTextPasses(): void
    {
        $password = Samples::request(['neighbours' => [Samples::neighbour(['passwordType' => 'frr'])]], ['password' => 'x']);
        $fields = [
            'reason', 'wanted.owner', 'wanted.bgp.routerId', 'wanted.passRule.interfaces.0', 'wanted.neighbours.0.address',
            'wanted.neighbours.0.description', 'wanted.neighbours.0.family', 'wanted.neighbours.0.updateSource',
            'wanted.neighbours.0.prefixListIn', 'wanted.neighbours.0.prefixListOut', 'wanted.neighbours.0.passwordType',
            'wanted.prefixLists.0.name', 'wanted.prefixLists.0.description', 'wanted.prefixLists.0.family',
            'wanted.prefixLists.0.rules.0.action', 'wanted.prefixLists.0.rules.0.prefix', 'password',
        ];
        foreach ($fields as $field) {
            foreach (self::hostile() as $text) {
                $problems = request_problems(self::with($field, $text, $password));
                self::assertNotSame([], $problems, "$field took " . json_encode($text));
                self::assertSame(1, preg_match('/^[ -~]+\z/', implode(' ', $problems)), $field);
                self::assertLessThan(1000, strlen(implode(' ', $problems)), $field);
            }
        }
    }

    /** @return list<string> */
    private static function hostile(): array
    {
        return [
            '', ' ', "x\n", "x\nneighbor 6.6.6.6 remote-as 666", "x\r\ny", "x\0y", "x\ty", 'x"; flush; "', 'x\\',
            "\u{e9}\u{4e2d}", "x\u{2028}y", '</descr><peer>6.6.6.6</peer> <?php system("id"); ?> ]]>' . "\x7f",
            '<![CDATA[ x ]]>', '$(reboot) `reboot`; reboot & "' , '%s%n%x "%"', str_repeat('A', 10240), '../../etc/passwd ',
        ];
    }

    public function testNeverShowsAPassword(): void
    {
        $request = self::with('password', "s3cret\ns3cret");
        self::assertStringNotContainsString('s3cret', implode(' ', request_problems($request)));
    }
}
