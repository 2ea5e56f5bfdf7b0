import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { oneOf, optionalText } from '@/shared/search'
import { root } from './root'

export const users = createRoute({
  getParentRoute: () => root,
  path: '/users',
  component: lazyRouteComponent(() => import('@/features/users/UsersPage'), 'UsersPage'),
})

export const tokens = createRoute({
  getParentRoute: () => root,
  path: '/tokens',
  validateSearch: (search: Record<string, unknown>): { ended?: true } => ({
    ended: search.ended === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/tokens/TokensPage'), 'TokensPage'),
})

interface AuditSearch {
  actor?: string
  noun?: string
  subject?: string
  name?: string
  address?: string
  request?: string
  since?: string
  until?: string
}

export const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): AuditSearch => ({
    actor: optionalText(search.actor),
    noun: optionalText(search.noun),
    subject: optionalText(search.subject),
    name: optionalText(search.name),
    address: optionalText(search.address),
    request: optionalText(search.request),
    since: optionalText(search.since),
    until: optionalText(search.until),
  }),
  component: lazyRouteComponent(() => import('@/features/audit/AuditPage'), 'AuditPage'),
})

export const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: (search: Record<string, unknown>): { text?: string; show?: 'set' } => ({
    text: optionalText(search.text),
    show: oneOf(search.show, ['set']),
  }),
  component: lazyRouteComponent(() => import('@/features/settings/SettingsPage'), 'SettingsPage'),
})

export const profile = createRoute({
  getParentRoute: () => root,
  path: '/profile',
  component: lazyRouteComponent(() => import('@/features/profile/ProfilePage'), 'ProfilePage'),
})
