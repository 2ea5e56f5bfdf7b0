import { Select } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import type { Role } from '@/shared/session/session'
import { FormModal } from '@/shared/ui/FormModal'
import { type User, useChangeUser } from './queries'
import { useRoles } from './roles'

/** Gives a user another role; it works at once. */
export function RoleForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText()
  const [role, setRole] = useState<Role>(user.role)
  const change = useChangeUser(user)
  const roles = useRoles()
  return (
    <FormModal
      opened
      onClose={onClose}
      title={t.users.roleOf(user.name)}
      send={t.common.save}
      onSend={() => change.mutate({ role }, { onSuccess: onClose })}
      isPending={change.isPending}
      error={change.error}
    >
      <Select
        label={t.users.role}
        description={t.users.roleHints[role]}
        data={roles}
        value={role}
        allowDeselect={false}
        onChange={(value) => setRole((value ?? user.role) as Role)}
      />
    </FormModal>
  )
}
