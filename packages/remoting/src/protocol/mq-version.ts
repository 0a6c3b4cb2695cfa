/** The version numbers that peers exchange: places in the reference's list of all its releases. Source: MQVersion. */

/** The releases before the numbering became regular. */
const FIRST = [
  'V3_0_0_SNAPSHOT',
  'V3_0_0_ALPHA1',
  'V3_0_0_BETA1',
  'V3_0_0_BETA2',
  'V3_0_0_BETA3',
  'V3_0_0_BETA4',
  'V3_0_0_BETA5',
  'V3_0_0_BETA6_SNAPSHOT',
  'V3_0_0_BETA6',
  'V3_0_0_BETA7_SNAPSHOT',
  'V3_0_0_BETA7',
  'V3_0_0_BETA8_SNAPSHOT',
  'V3_0_0_BETA8',
  'V3_0_0_BETA9_SNAPSHOT',
  'V3_0_0_BETA9',
  'V3_0_0_FINAL',
];

/** Minor releases whose first patch is 1 instead of 0. */
const WITHOUT_PATCH_0 = new Set(['3_0', '3_3', '3_4', '3_5', '3_6', '3_7', '3_8', '3_9']);

function allNames(): readonly string[] {
  const names = [...FIRST];
  for (const major of [3, 4, 5]) {
    for (let minor = 0; minor <= 9; minor++) {
      const release = `${major}_${minor}`;
      const lastPatch = release === '3_0' ? 15 : 9;
      for (let patch = WITHOUT_PATCH_0.has(release) ? 1 : 0; patch <= lastPatch; patch++) {
        names.push(`V${release}_${patch}_SNAPSHOT`, `V${release}_${patch}`);
      }
    }
  }
  names.push('HIGHER_VERSION');
  return names;
}

const NAMES = allNames();

/** The last release whose REGISTER_BROKER has a body in the old form. */
export const V3_0_11 = 37;
/** From here on, consumers are told of changed group membership and asked for their running info. */
export const V3_1_8 = 63;
/** From here on, consumers say how often a message may be retried. */
export const V3_4_9 = 121;
/** From here on, clients understand routes in strict JSON. */
export const V4_9_4 = 401;
/** From here on, brokers register the queue mappings of static topics too. */
export const V5_0_0 = 413;
/** The last release that does not understand GO_AWAY. */
export const V5_3_1 = 475;
/** 5.5.0, what we claim to be. */
export const CURRENT_VERSION = 513;

/** The name of a version, e.g. `V5_5_0`; later ones than the list knows are `HIGHER_VERSION`. */
export function versionName(version: number): string {
  return NAMES[version] ?? (version < 0 ? `UNKNOWN(${version})` : 'HIGHER_VERSION');
}

/** The number of a version name; undefined for an unknown one. */
export function versionOf(name: string): number | undefined {
  const version = NAMES.indexOf(name);
  return version < 0 ? undefined : version;
}
