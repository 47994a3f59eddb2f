import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const found = async (name: string, source: string) => {
  const { functions, functionsWithErrors } = await analyzeRepository(await folderOf({ [name]: source }));
  return {
    functions: functions.map(({ qualifiedName, source: text }) => `${qualifiedName}: ${text.split('\n')[0]}`),
    functionsWithErrors,
  };
};

describe('what a grammar cannot read is read around, with the source as it was', () => {
  it('Swift: conditions of directives, availability, selectors and macros', async () => {
    const source = [
      '#if canImport(Combine)',
      'import Combine',
      '#endif',
      'class Store {',
      '    func first() {',
      '        #if os(macOS)',
      '        #expect(second() == #selector(first))',
      '        #else',
      '        log(#function)',
      '        #endif',
      '    }',
      '    func second() { if #available(iOS 13, *) { first() } }',
      '    func third() -> String { return #"a "quoted" word"# }',
      '}',
    ].join('\n');
    expect(await found('Store.swift', source)).toEqual({
      functions: [
        'Store.first: func first() {',
        'Store.second: func second() { if #available(iOS 13, *) { first() } }',
        'Store.third: func third() -> String { return #"a "quoted" word"# }',
      ],
      functionsWithErrors: 0,
    });
  });

  it('Swift: a string with marks around it, whatever was read before', async () => {
    const source = 'func third() -> String { return #"a "quoted" word"# }';
    const twice = await folderOf({ 'a.swift': source, 'b.swift': source, 'c.swift': source });
    expect((await analyzeRepository(twice)).filesWithErrors).toEqual([]);
  });

  it('Kotlin: a primary constructor on a line of its own, and variables whose names are keywords elsewhere', async () => {
    const source = [
      'class Bytes<T>',
      'internal constructor(',
      '  internal val data: T,',
      ') : Comparable<Bytes<T>> {',
      '  private var final = false',
      '  fun close() {',
      '    final = true',
      '  }',
      '}',
    ].join('\n');
    expect(await found('Bytes.kt', source)).toEqual({
      functions: ['Bytes.close: fun close() {'],
      functionsWithErrors: 0,
    });
  });

  it('C++: macros alone on a line, before a type and behind parameters, and conditions for the compiler', async () => {
    const source = [
      '#if LIB_HAS_INCLUDE(<version>)',
      '#  include <version>',
      '#endif',
      'LIB_BEGIN_NAMESPACE',
      'namespace detail {',
      'class LIB_API Lock {',
      ' public:',
      '  LIB_INLINE void take() LIB_EXCLUDES(mutex_) { count_++; }',
      '  LIB_CONSTEXPR operator bool() const { return count_ > 0; }',
      ' private:',
      '  int count_;',
      '};',
      '}',
      'LIB_END_NAMESPACE',
      'LIB_API void free_one() {}',
    ].join('\n');
    expect(await found('lock.cc', source)).toEqual({
      functions: [
        'detail.Lock.take: void take() LIB_EXCLUDES(mutex_) { count_++; }',
        'detail.Lock.operator bool: operator bool() const { return count_ > 0; }',
        'free_one: void free_one() {}',
      ],
      functionsWithErrors: 0,
    });
  });
});
