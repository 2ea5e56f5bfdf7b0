import { Button } from '@mantine/core'
import { useState } from 'react'
import { useText } from '@/shared/i18n'
import { Question } from '@/shared/ui/Question'
import { useRevoke } from './queries'

/** Revokes a token, after a question: whatever shows it is refused from then on. */
export function Revoke({ name }: { name: string }) {
  const { t } = useText()
  const [isAsking, setAsking] = useState(false)
  const revoke = useRevoke(name)
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        {t.tokens.revoke}
      </Button>
      <Question
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t.tokens.revokeQuestion(name)}
        yes={t.tokens.revoke}
        onYes={() => revoke.mutate(undefined, { onSuccess: () => setAsking(false) })}
        isPending={revoke.isPending}
        error={revoke.error}
        isGrave
      >
        <p>{t.tokens.revokeDetail}</p>
      </Question>
    </>
  )
}
