import { Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import type { Role } from '@/shared/session/session'
import { FormModal } from '@/shared/ui/FormModal'
import { LinkShown } from './LinkShown'
import { useAddUser } from './queries'
import { useRoles } from './roles'

/** Asks for a name and a role; then shows the link by which the user sets a password. */
export function AddUser({ onClose }: { onClose: () => void }) {
  const { t } = useText()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const add = useAddUser()
  const roles = useRoles()
  if (add.data?.link) {
    return <LinkShown name={add.data.user.name} link={add.data.link} onClose={onClose} />
  }
  return (
    <FormModal
      opened
      onClose={onClose}
      title={t.users.add}
      send={t.users.addYes}
      onSend={() => add.mutate({ name: name.trim(), role })}
      isPending={add.isPending}
      error={add.error}
    >
      <TextInput
        label={t.common.name}
        description={t.users.nameHint}
        required
        data-autofocus
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label={t.users.role}
        description={t.users.roleHints[role]}
        data={roles}
        value={role}
        allowDeselect={false}
        onChange={(value) => setRole((value ?? 'viewer') as Role)}
      />
    </FormModal>
  )
}
