const TEST =
  /(^|\/)(tests?|__tests__|__mocks__|__fixtures__|specs?|fixtures?|testdata|test-utils|testing|e2e|cypress)\/|[._-](test|spec|tests|e2e|stories)\.\w+$|(^|\/)(test_[^/]*|[^/]*_test|[^/]*_spec|conftest)\.\w+$|(^|\/)[^/]*Tests?\.(java|cs|php|kt|swift|scala)$|(^|\/)[^/]*(Spec|Suite)\.(kt|scala|swift)$|Tests\/[^.]*\.swift$/;

/** Whether a file belongs to tests or their fixtures, by the names that projects of many languages give them. */
export const isTestPath = (path: string): boolean => TEST.test(path);
