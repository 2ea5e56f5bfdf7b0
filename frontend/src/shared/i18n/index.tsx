import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from 'react'
import { type Catalogue, en } from './en'
import { formats, type Told } from './formats'

/** The languages, by the names that their speakers give them. */
export const LANGUAGES = { en: 'English', 'pt-BR': 'Português' } as const
export type Language = keyof typeof LANGUAGES
const KEPT = 'disparo-language'

export interface Text {
  t: Catalogue
  language: Language
  setLanguage: (language: Language) => void
  /** Words of the service, in the language where it has them. */
  told: (words: Told) => string | null
  relativeTime: Intl.RelativeTimeFormat
  /** A moment in full, with its zone. */
  exact: (at: string) => string
  /** A day and the time of it, short. */
  short: (at: string) => string
  number: (value: number, digits?: number) => string
  /** A number by its first four digits. */
  digits: (value: number) => string
  percent: (part: number, digits?: number) => string
  took: (seconds: number) => string
  /** How often, or how long at the most, as somebody has chosen it. */
  interval: (seconds: number) => string
}

const Context = createContext<Text | null>(null)

/** Return the texts and formats of the language that is chosen. */
export function useText(): Text {
  const text = use(Context)
  if (text === null) throw new Error('useText is for what is inside of TextProvider')
  return text
}

function firstLanguage(): Language {
  const kept = readKept()
  if (kept !== null && kept in LANGUAGES) return kept as Language
  return navigator.language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en'
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

async function catalogue(language: Language): Promise<Catalogue> {
  return language === 'en' ? en : (await import('./pt-BR')).ptBR
}

/** Ask for the texts at once: without them nothing is drawn. */
export function fetchTexts(): void {
  void catalogue(firstLanguage())
}

/** Gives all below it the texts of the chosen language, and keeps the choice. */
export function TextProvider({ children, initial }: { children: ReactNode; initial?: Language }) {
  const [language, setLanguage] = useState<Language>(() => initial ?? firstLanguage())
  const [texts, setTexts] = useState<{ language: Language; t: Catalogue } | null>(
    language === 'en' ? { language, t: en } : null,
  )
  useEffect(() => {
    let isWanted = true
    void catalogue(language).then((t) => isWanted && setTexts({ language, t }))
    document.documentElement.lang = language
    return () => {
      isWanted = false
    }
  }, [language])
  const choose = useCallback((chosen: Language) => {
    setLanguage(chosen)
    try {
      localStorage.setItem(KEPT, chosen)
    } catch {
      // A browser that keeps nothing: it holds for this visit.
    }
  }, [])
  const value = useMemo(
    () =>
      texts && {
        t: texts.t,
        language: texts.language,
        setLanguage: choose,
        ...formats(texts.language),
      },
    [texts, choose],
  )
  return value && <Context value={value}>{children}</Context>
}
