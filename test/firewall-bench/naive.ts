/**
 * What scripts for pfSense usually do: take the config as loaded, append, write, generate, and
 * believe it. It shows that a fault bites; nothing of the project uses it.
 */
export function naiveScript(peer: string, between = ""): string {
    return `<?php
require_once 'config.inc';
require_once 'functions.inc';
require_once '/usr/local/pkg/frr.inc';
$config['installedpackages']['frrbgpneighbors']['config'][] = [
    'peer' => '${peer}', 'descr' => 'naive/${peer}', 'asnum' => '64500', 'updatesource' => 'lan',
    'password_type' => 'none', 'prefixfilter_in' => 'CORE-IN', 'prefixfilter_out' => 'CORE-OUT',
];
${between}
write_config('naive');
frr_generate_config();
echo json_encode(['ok' => true]);
`;
}

/** The same, in no hurry: says `slow.read` after its read, writes after `slow.go`, ends with `slow.done`. */
export function slowScript(peer: string): string {
    const wait = `touch('/var/db/stand-in/slow.read');
for ($looks = 0; $looks < 3000 && !file_exists('/var/db/stand-in/slow.go'); $looks++) {
    usleep(10000);
    clearstatcache();
}`;
    return `${naiveScript(peer, wait)}touch('/var/db/stand-in/slow.done');\n`;
}

/** A neighbour added by hand with a fresh read, as the GUI does it, in one go. */
export function handMade(peer: string): string {
    return `<?php
require_once 'config.inc';
config_read_file(false, false);
$list = config_get_path('installedpackages/frrbgpneighbors/config', []);
$list[] = ['peer' => '${peer}', 'descr' => 'made by hand', 'asnum' => '64777', 'updatesource' => 'default'];
config_set_path('installedpackages/frrbgpneighbors/config', $list);
write_config('GUI: a neighbour made by hand');
`;
}

/** Changes or deletes the neighbour with this address, as a save in the GUI does. */
export function editNeighbour(peer: string, change: Readonly<Record<string, string>> | "delete") {
    const fields = Buffer.from(JSON.stringify(change)).toString("base64");
    return `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
config_read_file(false, false);
$change = json_decode(base64_decode('${fields}'), true);
$list = [];
foreach (config_get_path('installedpackages/frrbgpneighbors/config', []) as $entry) {
    if ($entry['peer'] !== '${peer}') {
        $list[] = $entry;
    } elseif (is_array($change)) {
        $list[] = $change + $entry;
    }
}
config_set_path('installedpackages/frrbgpneighbors/config', $list);
write_config('GUI: neighbour edited');
frr_generate_config();
`;
}

/** Adds the neighbour unless there is one with its address: what is wrong with it goes unnoticed. */
export function unlessThere(peer: string): string {
    const known = `if (in_array('${peer}', array_column(config_get_path('installedpackages/frrbgpneighbors/config', []), 'peer'), true)) {
    exit(json_encode(['ok' => true]));
}`;
    return naiveScript(peer).replace("$config['installedpackages']", `${known}\n$&`);
}

/** Takes away everything that was made by a script of its kind, whoever it was made for. */
export const removeAll = `<?php
require_once 'config.inc';
require_once '/usr/local/pkg/frr.inc';
$list = config_get_path('installedpackages/frrbgpneighbors/config', []);
$list = array_filter($list, fn ($entry) => !str_starts_with($entry['descr'], 'naive/'));
config_set_path('installedpackages/frrbgpneighbors/config', array_values($list));
write_config('naive');
frr_generate_config();
`;

/** The same with a lock that is a file: what a killed run leaves behind is taken for a running one. */
export function lockedByFile(peer: string): string {
    const lock = `if (!@mkdir('/tmp/naive.lock')) {
    exit(json_encode(['ok' => false, 'locked' => true]));
}`;
    const script = naiveScript(peer).replace("$config['installedpackages']", `${lock}\n$&`);
    return `${script}rmdir('/tmp/naive.lock');\n`;
}

/** The same, and looks for what it has overwritten among the backups whose names are new. */
export function lookingForNewNames(peer: string): string {
    const names = "glob('/cf/conf/backup/config-*.xml')";
    const before = `$before = ${names};`;
    const found = `echo json_encode(array_values(array_diff(${names}, $before)));`;
    return naiveScript(peer, before).replace("echo json_encode(['ok' => true]);", found);
}

/** The same, and waits for FRR by the clock on the wall: true when FRR has the neighbour in time. */
export function waitingByTheClock(peer: string, seconds: number): string {
    const wait = `for ($end = time() + ${seconds}, $there = false; !$there && time() < $end; usleep(20000)) {
    $there = str_contains((string) shell_exec('/usr/local/bin/vtysh -c "show running-config"'), '${peer}');
}
echo json_encode(['ok' => $there]);`;
    return naiveScript(peer).replace("echo json_encode(['ok' => true]);", wait);
}
