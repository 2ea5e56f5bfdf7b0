/** What programs call themselves, in the order in which they are told apart: Edge says Chrome too. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/\bEdg\w*\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/HeadlessChrome|\bChrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly [RegExp, string][] = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

function named(agent: string, names: readonly [RegExp, string][]): string | undefined {
  return names.find(([form]) => form.test(agent))?.[1]
}

/** Return what people call the program that says this of itself: "Firefox, Linux". */
export function programOf(agent: string): string {
  const program = named(agent, PROGRAMS) ?? agent.split(/[/\s]/)[0] ?? ''
  return [program, named(agent, SYSTEMS)].filter(Boolean).join(', ')
}
