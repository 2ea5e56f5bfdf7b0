import type { Channel } from './queries'

type Target = Channel['target']
export type ChannelKind = Target['kind']
export const KINDS: readonly ChannelKind[] = ['webhook', 'email', 'command']

/** A channel as the form has it: texts, no gaps. Secrets that are kept are shown, and sent, as stars. */
export interface Draft {
  name: string
  description: string
  timeout: number
  kind: ChannelKind
  form: 'json' | 'slack' | 'teams'
  url: string
  /** A line each: `Name: value`. */
  headers: string
  host: string
  port: number | null
  security: 'starttls' | 'tls' | 'plain'
  user: string
  password: string
  sender: string
  to: string[]
  /** A line each: the program, and its arguments. */
  command: string
  /** A line each: `NAME=value`. */
  environment: string
}

const EMPTY: Draft = {
  name: '',
  description: '',
  timeout: 10,
  kind: 'webhook',
  form: 'json',
  url: '',
  headers: '',
  host: '',
  port: null,
  security: 'starttls',
  user: '',
  password: '',
  sender: '',
  to: [],
  command: '',
  environment: '',
}

function lines(pairs: Record<string, string> | undefined, between: string): string {
  return Object.entries(pairs ?? {})
    .map(([name, value]) => name + between + value)
    .join('\n')
}

/** Return the pairs that lines say; a line without the mark between is a name without a value. */
export function pairsOf(text: string, between: string): Record<string, string> {
  const pairs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf(between)
      const name = at < 0 ? line : line.slice(0, at)
      return [name.trim(), at < 0 ? '' : line.slice(at + between.length).trim()] as const
    })
  return Object.fromEntries(pairs)
}

function ofTarget(target: Target): Partial<Draft> {
  switch (target.kind) {
    case 'webhook':
      return {
        kind: 'webhook',
        form: target.form,
        url: target.url,
        headers: lines(target.headers, ': '),
      }
    case 'email':
      return {
        kind: 'email',
        host: target.host,
        port: target.port ?? null,
        security: target.security,
        user: target.user ?? '',
        password: target.password ?? '',
        sender: target.sender,
        to: target.to,
      }
    case 'command':
      return {
        kind: 'command',
        command: target.command.join('\n'),
        environment: lines(target.environment, '='),
      }
  }
}

/** Return a form of a channel, or an empty one. */
export function draftOf(spec: Channel | null | undefined): Draft {
  if (!spec) return EMPTY
  const { name, description, timeout, target } = spec
  return { ...EMPTY, name, description: description ?? '', timeout, ...ofTarget(target) }
}

function targetOf(draft: Draft): Target {
  switch (draft.kind) {
    case 'webhook':
      return {
        kind: 'webhook',
        form: draft.form,
        url: draft.url.trim(),
        headers: pairsOf(draft.headers, ':'),
      }
    case 'email':
      return {
        kind: 'email',
        host: draft.host.trim(),
        port: draft.port,
        security: draft.security,
        user: draft.user || null,
        password: draft.password || null,
        sender: draft.sender.trim(),
        to: draft.to,
      }
    case 'command':
      return {
        kind: 'command',
        command: draft.command.split('\n').filter((word) => word !== ''),
        environment: pairsOf(draft.environment, '='),
      }
  }
}

/** Return what the form says, as the service takes it. */
export function channelOf(draft: Draft): Channel {
  const { name, description, timeout } = draft
  return { name: name.trim(), description, timeout, target: targetOf(draft) }
}
