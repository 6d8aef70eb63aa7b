/** What the firewall's own people have configured before this project comes along. */
export interface StartingConfig {
    readonly hostname: string;
    readonly asn: number;
    readonly routerId: string;
    /** The firewall's own neighbour, in another AS. */
    readonly ownNeighbour: { readonly address: string; readonly asn: number };
    /** configured: FRR runs with its own neighbour; installed: the package is there and unused. */
    readonly frr: "configured" | "installed" | "absent";
    /** Text of the raw configuration page, which replaces all structured settings. */
    readonly raw?: string;
    /** Id of the CARP address that FRR is bound to. */
    readonly carpVip?: string;
}

/** A config.xml in the form pfSense writes, holding only what is not this project's. */
export function startingConfig(config: StartingConfig): string {
    return `<?xml version="1.0"?>
<pfsense>
	<version>23.3</version>
	<system>
		<optimization>normal</optimization>
		<hostname>${config.hostname}</hostname>
		<domain>example.lan</domain>
		<user>
			<name>admin</name>
			<descr><![CDATA[System Administrator]]></descr>
			<scope>system</scope>
			<uid>0</uid>
		</user>
		<ssh>
			<enable>enabled</enable>
			<sshdkeyonly>enabled</sshdkeyonly>
		</ssh>
	</system>
	<interfaces>
		<wan>
			<enable></enable>
			<if>eth1</if>
			<descr><![CDATA[CLIENTS]]></descr>
		</wan>
		<lan>
			<enable></enable>
			<if>eth0</if>
			<descr><![CDATA[NODES]]></descr>
		</lan>
	</interfaces>
	<filter>
		<rule>
			<id></id>
			<tracker>1700000001</tracker>
			<type>pass</type>
			<interface>lan</interface>
			<ipprotocol>inet</ipprotocol>
			<source>
				<network>lan</network>
			</source>
			<destination>
				<any></any>
			</destination>
			<descr><![CDATA[Default allow LAN & more to "any"]]></descr>
		</rule>
		<rule>
			<id></id>
			<tracker>1700000002</tracker>
			<type>block</type>
			<interface>wan</interface>
			<ipprotocol>inet46</ipprotocol>
			<source>
				<any></any>
			</source>
			<destination>
				<any></any>
			</destination>
			<descr><![CDATA[nothing else]]></descr>
		</rule>
	</filter>
	<aliases>
		<alias>
			<name>printers</name>
			<type>host</type>
			<address>192.168.34.201 192.168.34.202</address>
			<descr><![CDATA[the two printers]]></descr>
			<detail><![CDATA[1st floor||2nd floor]]></detail>
		</alias>
	</aliases>${virtualAddress(config.carpVip)}
	<installedpackages>
		<package>
			<name>cron</name>
			<internal_name>cron</internal_name>
			<version>0.3.8_3</version>
		</package>
		<cron>
			<config>
				<minute>5</minute>
				<hour>3</hour>
				<command>/usr/bin/nice -n20 /root/backup.sh &gt; /dev/null 2&gt;&amp;1</command>
			</config>
		</cron>${config.frr === "absent" ? "" : frrPackage(config)}
	</installedpackages>
	<revision>
		<time>1700000100</time>
		<description><![CDATA[admin@192.168.34.9 (Local Database): /pkg_edit.php made changes]]></description>
		<username><![CDATA[admin@192.168.34.9 (Local Database)]]></username>
	</revision>
</pfsense>
`;
}

function virtualAddress(carpVip: string | undefined): string {
    if (carpVip === undefined) return "";
    return `
	<virtualip>
		<vip>
			<mode>carp</mode>
			<interface>lan</interface>
			<vhid>1</vhid>
			<uniqid>${carpVip.replace(/^_vip/, "")}</uniqid>
			<subnet>192.168.33.1</subnet>
			<subnet_bits>24</subnet_bits>
			<descr><![CDATA[gateway of the nodes]]></descr>
		</vip>
	</virtualip>`;
}

function frrPackage(config: StartingConfig): string {
    const installed = `
		<package>
			<name>frr</name>
			<internal_name>frr</internal_name>
			<version>2.0.2_6</version>
		</package>`;
    return config.frr === "installed" ? installed + raw(config) : installed + frrSettings(config);
}

function raw(config: StartingConfig): string {
    if (config.raw === undefined) return "";
    const text = Buffer.from(config.raw).toString("base64");
    return `
		<frrglobalraw>
			<config>
				<frr>${text}</frr>
			</config>
		</frrglobalraw>`;
}

function frrSettings(config: StartingConfig): string {
    return `
		<frr>
			<config>
				<enable>on</enable>
				<routerid>${config.routerId}</routerid>
				<password><![CDATA[vtypassword]]></password>
				<carpstatusvid>${config.carpVip ?? "none"}</carpstatusvid>
				<logging>on</logging>
			</config>
		</frr>
		<frrbgp>
			<config>
				<enable>on</enable>
				<adjacencylog>on</adjacencylog>
				<asnum>${config.asn}</asnum>
				<routerid>${config.routerId}</routerid>
				<redistributeconnected>no</redistributeconnected>
				<redistributestatic>no</redistributestatic>
				<redistributekernel>no</redistributekernel>
			</config>
		</frrbgp>
		<frrglobalprefixes>
			<config>
				<iptype>IPv4</iptype>
				<name>CORE-IN</name>
				<descr><![CDATA[what the core may tell us]]></descr>
				<row>
					<seq>10</seq>
					<action>permit</action>
					<source>198.51.100.0/24</source>
					<any></any>
					<ge></ge>
					<le></le>
				</row>
			</config>
			<config>
				<iptype>IPv4</iptype>
				<name>CORE-OUT</name>
				<descr></descr>
				<row>
					<seq>10</seq>
					<action>permit</action>
					<source>192.168.32.0/24</source>
					<any></any>
					<ge></ge>
					<le>32</le>
				</row>
			</config>
		</frrglobalprefixes>
		<frrbgpneighbors>
			<config>
				<peer>${config.ownNeighbour.address}</peer>
				<descr><![CDATA[core router, ask the network team]]></descr>
				<peergroup>none</peergroup>
				<password_type>none</password_type>
				<asnum>${config.ownNeighbour.asn}</asnum>
				<updatesource_type>ipv4</updatesource_type>
				<updatesource>default</updatesource>
				<sendcommunity>disabled</sendcommunity>
				<prefixfilter_in>CORE-IN</prefixfilter_in>
				<prefixfilter_out>CORE-OUT</prefixfilter_out>
			</config>
		</frrbgpneighbors>${raw(config)}`;
}
