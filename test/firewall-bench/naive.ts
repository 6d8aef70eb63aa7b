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
