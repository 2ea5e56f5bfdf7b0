import { Menu } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { More } from '@/shared/ui/More'
import { Question } from '@/shared/ui/Question'
import { LinkShown } from './LinkShown'
import { type User, useChangeUser, useNewLink, useRemoveUser } from './queries'
import { RoleForm } from './RoleForm'
import { UserSessions } from './UserSessions'

type Open = 'role' | 'link' | 'sessions' | 'disable' | 'remove'

/** What an admin can do with a user. */
export function UserActions({ user }: { user: User }) {
  const { t } = useText()
  const [open, setOpen] = useState<Open | null>(null)
  const change = useChangeUser(user)
  const close = () => setOpen(null)
  return (
    <>
      <More label={t.users.actionsFor(user.name)}>
        {!user.issuer && (
          <>
            <Menu.Item onClick={() => setOpen('role')}>{t.users.changeRole}</Menu.Item>
            <Menu.Item onClick={() => setOpen('link')}>{t.users.newLink}</Menu.Item>
          </>
        )}
        <Menu.Item onClick={() => setOpen('sessions')}>{t.users.sessions}</Menu.Item>
        {user.is_enabled ? (
          <Menu.Item onClick={() => setOpen('disable')}>{t.users.disable}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => change.mutate({ is_enabled: true })}>
            {t.users.enable}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => setOpen('remove')}>
          {t.common.remove}
        </Menu.Item>
      </More>
      {open === 'role' && <RoleForm user={user} onClose={close} />}
      {open === 'link' && <NewLink name={user.name} onClose={close} />}
      {open === 'sessions' && <UserSessions name={user.name} onClose={close} />}
      {open === 'disable' && <Disable user={user} onClose={close} />}
      {open === 'remove' && <Remove user={user} onClose={close} />}
    </>
  )
}

function NewLink({ name, onClose }: { name: string; onClose: () => void }) {
  const { t } = useText()
  const link = useNewLink(name)
  if (link.data) return <LinkShown name={name} link={link.data} onClose={onClose} />
  return (
    <Question
      opened
      onClose={onClose}
      title={t.users.newLinkQuestion(name)}
      yes={t.users.newLinkYes}
      onYes={() => link.mutate(undefined)}
      isPending={link.isPending}
      error={link.error}
    >
      <p>{t.users.newLinkDetail}</p>
    </Question>
  )
}

function Disable({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText()
  const change = useChangeUser(user)
  return (
    <Question
      opened
      onClose={onClose}
      title={t.users.disableQuestion(user.name)}
      yes={t.users.disable}
      onYes={() => change.mutate({ is_enabled: false }, { onSettled: onClose })}
      isPending={change.isPending}
      isGrave
    >
      <p>{t.users.disableDetail}</p>
    </Question>
  )
}

function Remove({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useText()
  const remove = useRemoveUser(user)
  return (
    <Question
      opened
      onClose={onClose}
      title={t.users.removeQuestion(user.name)}
      yes={t.common.remove}
      onYes={() => remove.mutate(undefined, { onSuccess: onClose })}
      isPending={remove.isPending}
      error={remove.error}
      isGrave
    >
      <p>{t.users.removeDetail}</p>
    </Question>
  )
}
