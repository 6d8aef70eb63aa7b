<?php

declare(strict_types=1);

namespace MetallbPfsense\Test;

use function MetallbPfsense\ahead_of_pass_rule;
use PHPUnit\Framework\TestCase;

final class AheadTest extends TestCase
{
    private const HERE = ['type' => 'block', 'interface' => 'opt1', 'floating' => 'yes', 'quick' => 'yes', 'destination' => ['any' => ''], 'descr' => 'no BGP'];

    private static function ahead(array $rules, array $redirections = [], array $wanted = ['passRule' => ['interfaces' => ['opt1']]]): array
    {
        $groups = ['ifgroupentry' => [['ifname' => 'inside', 'members' => 'lan opt1']]];
        return ahead_of_pass_rule(['filter' => ['rule' => $rules], 'nat' => ['rule' => $redirections], 'ifgroups' => $groups], $wanted);
    }

    public function testWhatPfAsksBefore(): void
    {
        $ofGroup = ['interface' => 'inside', 'descr' => 'inside'] + array_diff_key(self::HERE, ['floating' => 1]);
        $forward = ['interface' => 'opt1', 'protocol' => 'tcp', 'destination' => ['network' => 'opt1ip', 'port' => '100-200'], 'descr' => 'to a host'];
        self::assertSame([
            'The floating rule "no BGP" is asked before the pass rule and may take BGP of the nodes away.',
            'The rule of the group inside "inside" is asked before the pass rule and may take BGP of the nodes away.',
            'The port forward "to a host" comes before every rule and may take BGP of the nodes away.',
        ], self::ahead([self::HERE, $ofGroup], [$forward]));
    }

    /** @dataProvider harmless */
    public function testWhatIsNoConcern(array $change): void
    {
        self::assertSame([], self::ahead([$change + self::HERE]));
    }

    public static function harmless(): array
    {
        return array_map(fn (array $change) => [$change], [
            'passes' => ['type' => 'pass'],
            'not quick' => ['quick' => ''],
            'on the way out' => ['direction' => 'out'],
            'another interface' => ['interface' => 'lan,wan'],
            'disabled' => ['disabled' => ''],
            'another protocol' => ['protocol' => 'udp'],
            'another port' => ['destination' => ['any' => '', 'port' => '443']],
            'another destination' => ['destination' => ['address' => '10.0.0.1']],
        ]);
    }

    public function testOneThatPassesToAGatewayTakesAwayToo(): void
    {
        self::assertCount(1, self::ahead([['type' => 'pass', 'gateway' => 'WAN2'] + self::HERE]));
        self::assertSame([], self::ahead([self::HERE], [], []));
    }
}
