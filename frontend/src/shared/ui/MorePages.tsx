import { Button } from '@mantine/core'
import { useText } from '@/shared/i18n'
import classes from './MorePages.module.css'

interface Props {
  query: {
    hasNextPage: boolean
    isFetchingNextPage: boolean
    fetchNextPage: () => Promise<unknown>
  }
}

/** Asks for what follows in a long list; nothing where it is at its end. */
export function MorePages({ query }: Props) {
  const { t } = useText()
  if (!query.hasNextPage) return null
  return (
    <div className={classes.more}>
      <Button
        variant="subtle"
        size="xs"
        loading={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {t.common.more}
      </Button>
    </div>
  )
}
