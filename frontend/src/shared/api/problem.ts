/** An error as the service tells it (RFC 9457), or as the way to it does. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'

  constructor(
    readonly status: number,
    readonly slug: string,
    readonly title: string,
    readonly detail: string,
    readonly facts: Record<string, unknown> = {},
  ) {
    super(detail || title)
  }

  /** Whether the same request may succeed a little later. */
  get canPass(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** The slug of an error for which there was no answer at all. */
export const UNREACHABLE = 'unreachable'

const PREFIX = 'urn:disparo:'

/** Return what an answer that is none of success tells. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const title = response.statusText || `HTTP ${response.status}`
  try {
    const body = await response.clone().json()
    return new ProblemError(
      response.status,
      String(body.type ?? '').replace(PREFIX, ''),
      String(body.title ?? title),
      String(body.detail ?? ''),
      body.facts ?? {},
    )
  } catch {
    return new ProblemError(response.status, 'http', title, '')
  }
}

/** Return any error as a problem. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof TypeError) return new ProblemError(0, UNREACHABLE, '', '')
  return new ProblemError(
    0,
    'unexpected',
    '',
    error instanceof Error ? error.message : String(error),
  )
}
