const TEST_PATH =
  /(^|\/)(tests?|__tests__|__mocks__|__fixtures__|specs?|fixtures?|testdata|test-utils|testing|benchmarks?|e2e|cypress)\/|[._-](test|spec|tests|e2e|bench|benchmark|stories)\.\w+$|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.\w+$|(^|\/)[^/]*Tests?\.(java|cs|php|kt|swift|scala)$|(^|\/)[^/]*(Spec|Suite)\.(kt|scala|swift)$|Tests\/[^.]*\.swift$/;

/** Whether a file belongs to tests, fixtures or benchmarks, by its path in the repository. */
export const isTestPath = (path: string): boolean => TEST_PATH.test(path);
