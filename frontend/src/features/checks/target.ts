import type { Check } from './queries'

/** Return what a check looks at, in few words. */
export function inWords(target: Check['target']): string {
  switch (target.kind) {
    case 'host':
      return `${target.address}:${target.port}`
    case 'database':
      return target.table ? `${target.source}, ${target.table}` : target.source
    case 'http':
      return target.method === 'GET' ? target.url : `${target.method} ${target.url}`
    case 'schedule':
      return target.schedule
    case 'disk':
      return target.path ?? '.'
    case 'service':
      return target.part
  }
}
