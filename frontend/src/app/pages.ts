import type { LinkProps } from '@tanstack/react-router'
import type { Catalogue } from '@/shared/i18n/en'
import type { Role } from '@/shared/session/session'
import {
  IconBell,
  IconBolt,
  IconCalendar,
  IconCheck,
  IconCube,
  IconDatabase,
  IconKey,
  IconPulse,
  IconScroll,
  IconSliders,
  IconSpark,
  IconUser,
  IconUsers,
} from '@/shared/ui/icons'

export interface PageLink {
  to: NonNullable<LinkProps['to']>
  name: (t: Catalogue) => string
  icon: typeof IconPulse
}

export interface PageGroup {
  id: 'work' | 'watch' | 'administration'
  /** The least role to which it is offered. */
  role: Role
  pages: readonly PageLink[]
}

/** The pages, in groups and in the order in which they are offered. */
export const GROUPS: readonly PageGroup[] = [
  {
    id: 'work',
    role: 'viewer',
    pages: [
      { to: '/', name: (t) => t.nav.monitor, icon: IconPulse },
      { to: '/showroom', name: (t) => t.nav.showroom, icon: IconSpark },
      { to: '/dispatches', name: (t) => t.nav.dispatches, icon: IconBolt },
      { to: '/schedules', name: (t) => t.nav.schedules, icon: IconCalendar },
      { to: '/models', name: (t) => t.nav.models, icon: IconCube },
    ],
  },
  {
    id: 'watch',
    role: 'viewer',
    pages: [
      { to: '/sources', name: (t) => t.sources.title, icon: IconDatabase },
      { to: '/checks', name: (t) => t.checks.title, icon: IconCheck },
      { to: '/alerts', name: (t) => t.alerts.title, icon: IconBell },
    ],
  },
  {
    id: 'administration',
    role: 'admin',
    pages: [
      { to: '/users', name: (t) => t.users.title, icon: IconUsers },
      { to: '/tokens', name: (t) => t.tokens.title, icon: IconKey },
      { to: '/audit', name: (t) => t.audit.title, icon: IconScroll },
      { to: '/settings', name: (t) => t.settings.title, icon: IconSliders },
    ],
  },
]

/** Where one finds oneself: offered with the preferences, and by search. */
export const PROFILE: PageLink = { to: '/profile', name: (t) => t.profile.title, icon: IconUser }

/** How many pages stand in the bar of a phone; the others are behind a button. */
export const IN_BAR = 4
