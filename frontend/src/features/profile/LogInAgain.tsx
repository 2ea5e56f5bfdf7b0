import { Button, Modal, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { useHasEnded } from '@/shared/session/ended'
import { logInAddress } from '@/shared/session/leave'
import { sessionQuery } from '@/shared/session/session'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import classes from './LogInAgain.module.css'
import { profileQueries, useLogInAgain } from './queries'

/** Asks who one is when the session ends midway: what stands on the page, half a form too, stays. */
export function LogInAgain() {
  const { t } = useText()
  const hasEnded = useHasEnded()
  return (
    <Modal
      opened={hasEnded}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={<strong>{t.profile.ended}</strong>}
    >
      {hasEnded && <Again />}
    </Modal>
  )
}

function Again() {
  const { t } = useText()
  const { data: who } = useQuery({ ...sessionQuery, enabled: false })
  const [name, setName] = useState(who?.kind === 'user' ? who.name : '')
  const [password, setPassword] = useState('')
  const logIn = useLogInAgain()
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        logIn.mutate({ name, password })
      }}
    >
      <p className={classes.detail}>{t.profile.endedDetail}</p>
      <SignOn />
      <TextInput
        label={t.common.name}
        autoComplete="username"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        type="password"
        label={t.profile.password}
        autoComplete="current-password"
        required
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {logIn.isError && <ErrorPanel error={logIn.error} />}
      <Button type="submit" loading={logIn.isPending}>
        {t.profile.logIn}
      </Button>
    </form>
  )
}

/** The way of single sign-on, where there is one: it leaves the page, and leads back to it. */
function SignOn() {
  const { t } = useText()
  const { data } = useQuery(profileQueries.ways())
  if (!data?.single_sign_on) return null
  return (
    <Button component="a" href={logInAddress('/session/sign-on')} variant="default">
      {t.profile.logInWith(data.single_sign_on)}
    </Button>
  )
}
