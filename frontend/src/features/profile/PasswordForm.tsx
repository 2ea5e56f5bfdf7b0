import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { ErrorPanel } from '@/shared/ui/ErrorPanel'
import { Panel } from '@/shared/ui/Panel'
import classes from './ProfilePage.module.css'
import { useChangePassword } from './queries'

const EMPTY = { old: '', fresh: '', again: '' }

/** Changes one's own password: the present one is needed, the new one twice. */
export function PasswordForm({ name }: { name: string }) {
  const { t } = useText()
  const [given, setGiven] = useState(EMPTY)
  const change = useChangePassword()
  const isSame = given.fresh === given.again
  const field = (key: keyof typeof EMPTY) => ({
    required: true,
    value: given[key],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => {
      const { value } = event.currentTarget
      setGiven((before) => ({ ...before, [key]: value }))
    },
  })
  return (
    <Panel title={t.profile.changePassword}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isSame) return
          change.mutate({ old: given.old, new: given.fresh }, { onSuccess: () => setGiven(EMPTY) })
        }}
      >
        {/* By it browsers know whose password they keep. */}
        <input type="text" autoComplete="username" value={name} readOnly hidden />
        <TextInput
          type="password"
          label={t.profile.present}
          autoComplete="current-password"
          {...field('old')}
        />
        <TextInput
          type="password"
          label={t.profile.fresh}
          autoComplete="new-password"
          {...field('fresh')}
        />
        <TextInput
          type="password"
          label={t.profile.again}
          autoComplete="new-password"
          error={given.again !== '' && !isSame && t.profile.differ}
          {...field('again')}
        />
        {change.isError && <ErrorPanel error={change.error} />}
        <Button type="submit" loading={change.isPending} disabled={!isSame}>
          {t.profile.changeYes}
        </Button>
      </form>
    </Panel>
  )
}
