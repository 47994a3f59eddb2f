/** Words that a question holds whatever it asks for. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about all an and any are as at be been between both but by can could did do does doing done during each
  every for from give given had has have having here how i if in into is it its itself let me my of off on or
  other our out over own please same shall should show so some such than that the their them then there these
  they this those through to too under until up us used uses using very via was we were what when where which
  while who whom whose why will with within would you your`.split(/\s+/),
);
