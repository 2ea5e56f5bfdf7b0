/** How a model may be named, as the service has it. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

const RUNTIMES = { skops: /\.skops$/i, onnx: /\.onnx$/i }
const RUNS_CODE = /\.(joblib|pkl|pickle)$/i

/** Return the runtime that a file's name tells. */
export function runtimeOf(filename: string): string | undefined {
  return Object.entries(RUNTIMES).find(([, suffix]) => suffix.test(filename))?.[0]
}

/** Return why a file is not taken as it is: it runs code when it is loaded, or is of no known kind. */
export function faultOf(filename: string): 'code' | 'unknown' | null {
  if (RUNS_CODE.test(filename)) return 'code'
  return runtimeOf(filename) === undefined ? 'unknown' : null
}
