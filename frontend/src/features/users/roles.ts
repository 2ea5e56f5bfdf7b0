import { useText } from '@/shared/i18n'
import type { Role } from '@/shared/session/session'

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin']

/** Return the roles as choices, the least first. */
export function useRoles(): { value: Role; label: string }[] {
  const { t } = useText()
  return ROLES.map((value) => ({ value, label: t.roles[value] }))
}
